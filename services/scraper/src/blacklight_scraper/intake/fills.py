"""Which fields of a batch's postings hold something: what tells of a board whose pages have changed (F-18). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from blacklight.matching.v1.posting_pb2 import PostingDraft

SHORTEST_DESCRIPTION: Final = 100
"""Characters below which a description is a stub, such as a login page's text."""


def _pay(draft: PostingDraft) -> bool:
    return draft.HasField("salary_min") or draft.HasField("salary_max")


_RULES: Final[dict[str, Callable[[PostingDraft], bool]]] = {
    "platform_job_id": lambda draft: bool(draft.platform_job_id),
    "title": lambda draft: bool(draft.title),
    "company": lambda draft: bool(draft.company),
    "location": lambda draft: bool(draft.location),
    "description": lambda draft: len(draft.description) >= SHORTEST_DESCRIPTION,
    "url": lambda draft: bool(draft.url),
    "salary": _pay,
    "posted_date": lambda draft: bool(draft.posted_date),
    "job_type": lambda draft: bool(draft.job_type),
    "experience_level": lambda draft: bool(draft.experience_level),
    "remote": lambda draft: draft.HasField("remote"),
}

FIELDS: Final = tuple(_RULES)
"""The fields counted, in the order in which batches keep their counts; new ones go to the end."""


def fills_of(drafts: Iterable[PostingDraft]) -> tuple[int, ...]:
    """How many of the postings, taken or refused, hold something in each of FIELDS.

    Refused ones count too: a board that no longer gives companies shows as that field, not only as refusals.
    """
    counts = [0] * len(_RULES)
    rules = tuple(enumerate(_RULES.values()))
    for draft in drafts:
        for place, holds in rules:
            if holds(draft):
                counts[place] += 1
    return tuple(counts)
