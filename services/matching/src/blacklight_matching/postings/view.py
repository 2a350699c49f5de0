"""Postings as they leave the service. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.etag import etag_of

from blacklight_matching.mailboxes.views import PostingMailView


@dataclass(frozen=True, slots=True)
class SourceView:
    """One place a posting was seen."""

    platform: str
    platform_job_id: str
    url: str
    last_seen_time: datetime


@dataclass(frozen=True, slots=True)
class PostingFieldsView:
    """What was read of a posting, named as in the contract; empty where it does not say."""

    clean_title: str = ""
    company_name: str = ""
    places: tuple[str, ...] = ()
    country: str = ""
    workplace: str = ""
    contract_types: tuple[str, ...] = ()
    pay_min: float | None = None
    pay_max: float | None = None
    pay_currency: str = ""
    pay_period: str = ""
    work_authorizations: tuple[str, ...] = ()
    sponsorship: str = ""
    clearance: str = ""


@dataclass(frozen=True, slots=True)
class PostingView:
    """A posting with what was read from it; unread ones have no skills and no fields yet."""

    posting_id: UUID
    platform: str
    platform_job_id: str
    title: str
    company: str
    location: str
    description: str
    url: str
    remote: bool
    min_years: float | None
    max_years: float | None
    skills: tuple[str, ...]
    state: str
    role_id: UUID | None
    posted_time: datetime | None
    create_time: datetime
    last_seen_time: datetime
    origin: str
    private: bool
    etag: str
    fields: PostingFieldsView = PostingFieldsView()
    sources: tuple[SourceView, ...] = ()
    mails: tuple[PostingMailView, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it takes part in matching."""
        return self.state == "ACTIVE"


@dataclass(frozen=True, slots=True)
class PostingSnapshot:
    """A posting as something else keeps it for the time after its end."""

    posting_id: UUID
    platform: str
    title: str
    company: str
    location: str
    description: str
    url: str


def posting_etag(posting_id: UUID, version: int) -> str:
    """What guards a change of a posting of the tenant's own."""
    return etag_of(posting_id, version)


@dataclass(frozen=True, slots=True)
class Headline:
    """What a match shows of its posting; `skills` are (key, name) in the order of the matched bits."""

    title: str
    company: str
    location: str
    skills: tuple[tuple[str, str], ...]
    content_hash: bytes
    platform: str
    origin: str
    posted_time: datetime | None


@dataclass(frozen=True, slots=True)
class PostingGrounds:
    """What an explanation needs of a posting: skill mentions and sentences, as they were read."""

    skills: Sequence[Mapping[str, Any]]
    evidence: Mapping[str, Any]
    min_years: float | None
    max_years: float | None
    content_hash: bytes
    headline: Headline | None = None
