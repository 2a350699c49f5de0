"""A record of a posting, however its fields are called, as a draft. Pure.

Names are compared without regard to case, `_`, `-` and blanks, so `job_id`, `jobId` and `Job ID` are one. Of several
names that a record has, the one that stands first here counts. What the platform would refuse (a missing company, an
address that is none) is not judged here: it refuses posting by posting and says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from blacklight.matching.v1.posting_pb2 import PostingDraft

from blacklight_fleethost.postings.pay import Pay, number_of, pay_of
from blacklight_fleethost.postings.places import place_of
from blacklight_fleethost.postings.synthetic import synthetic_id
from blacklight_fleethost.postings.texts import date_of, remote_of, text_of

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "platform_job_id": (
        "platform_job_id", "external_job_id", "external_id", "job_id", "id", "guid", "identifier", "slug", "reference",
    ),
    "title": ("title", "job_title", "position", "position_title", "name", "text"),
    "company": (
        "company", "company_name", "hiring_organization", "employer", "employer_name", "organization", "organisation",
        "job_listing_company", "authors", "author", "dc_creator",
    ),
    "location": (
        "location", "job_location", "locations", "candidate_required_location", "job_geo", "job_listing_location",
        "place", "address", "applicant_location_requirements",
    ),
    "description": (
        "description", "job_description", "description_html", "content_html", "content", "description_plain",
        "content_text", "body", "summary", "responsibilities",
    ),
    "url": (
        "url", "job_url", "absolute_url", "hosted_url", "external_url", "link", "apply_url", "landing_page_url",
        "same_as",
    ),
    "job_type": ("job_type", "employment_type", "contract_type", "commitment", "job_listing_job_type"),
    "experience_level": ("experience_level", "seniority", "seniority_level", "level", "experience_requirements"),
}  # fmt: skip
"""The texts of a draft, and what boards call them; the field's own name is always the first."""
_DATES = (
    "posted_date", "date_posted", "posted_at", "date_published", "published", "publication_date", "pub_date",
    "published_at", "created_at", "date", "updated_at", "updated",
)  # fmt: skip
_REMOTE = ("is_remote", "remote", "job_location_type", "workplace_type", "telecommuting")
_PAY = ("base_salary", "estimated_salary", "salary_range", "salary", "compensation")
_LOWEST = ("salary_min", "min_salary", "minimum_salary", "annual_salary_min", "pay_min")
_HIGHEST = ("salary_max", "max_salary", "maximum_salary", "annual_salary_max", "pay_max")
_CURRENCY = ("salary_currency", "currency", "pay_currency")
_PARTS_OF_A_PLACE = ("city", "state", "region", "country")
_SEPARATORS = re.compile(r"[\s_\-]+")


def _id_of(value: Any) -> str:
    """An id; of a schema.org PropertyValue its value, as its name is whose id it is."""
    return text_of(value.get("value") or value.get("@id")) if isinstance(value, Mapping) else text_of(value)


_READ: Final = {"location": place_of, "platform_job_id": _id_of}


class NotAPosting(ValueError):
    """The record has no title, so it is no posting; the message says so."""


class Record:
    """A record whose fields are found by any spelling."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._fields: dict[str, Any] = {}
        for name, value in given.items():
            if value is not None:
                self._fields.setdefault(spelt(name), value)

    def first(self, names: Iterable[str]) -> Any:
        """The first of these that the record has with something in it, or None."""
        for name in names:
            value = self._fields.get(spelt(name))
            if value not in (None, "", [], {}):
                return value
        return None


def spelt(name: str) -> str:
    """A field's name as it is compared."""
    return _SEPARATORS.sub("", name).casefold()


def draft_of(given: Mapping[str, Any], platform: str) -> PostingDraft:
    """The draft of a record. Raises NotAPosting.

    A record without an id gets the synthetic one, so that the same posting has the same id in every run (F-07).
    """
    record = Record(given)
    draft = PostingDraft()
    for field, names in NAMES.items():
        value = record.first(names)
        setattr(draft, field, _READ.get(field, text_of)(value))
    if not draft.title.strip():
        raise NotAPosting("no title")
    if not draft.location:
        draft.location = place_of({part: record.first([part]) for part in _PARTS_OF_A_PLACE})
    draft.posted_date = date_of(record.first(_DATES))
    remote = remote_of(record.first(_REMOTE))
    if remote is not None:
        draft.remote = remote
    _put_pay(draft, record)
    draft.platform_job_id = draft.platform_job_id.replace("\x00", "").strip() or synthetic_id(
        platform, draft.title, draft.company, draft.location
    )
    return draft


def _put_pay(draft: PostingDraft, record: Record) -> None:
    said = pay_of(record.first(_PAY)) or Pay()
    lowest = number_of(record.first(_LOWEST)) if said.lowest is None else said.lowest
    highest = number_of(record.first(_HIGHEST)) if said.highest is None else said.highest
    if lowest is not None:
        draft.salary_min = lowest
    if highest is not None:
        draft.salary_max = highest
    draft.salary_currency = said.currency or text_of(record.first(_CURRENCY))
