"""Postings as they leave the service. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SourceView:
    """One place a posting was seen."""

    platform: str
    platform_job_id: str
    url: str
    last_seen_time: datetime


@dataclass(frozen=True, slots=True)
class PostingView:
    """A posting with what was read from it; unread ones have no skills yet."""

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
    is_open: bool
    role_id: UUID | None
    posted_time: datetime | None
    create_time: datetime
    last_seen_time: datetime
    sources: tuple[SourceView, ...] = ()


@dataclass(frozen=True, slots=True)
class Headline:
    """What a match shows of its posting; `skills` are (key, name) in the order of the matched bits."""

    title: str
    company: str
    location: str
    skills: tuple[tuple[str, str], ...]
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class PostingGrounds:
    """What an explanation needs of a posting: skill mentions and sentences, as they were read."""

    skills: Sequence[Mapping[str, Any]]
    evidence: Mapping[str, Any]
    min_years: float | None
    max_years: float | None
    content_hash: bytes
