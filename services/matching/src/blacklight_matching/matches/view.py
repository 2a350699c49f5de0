"""Matches as they leave the service. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.etag import etag_of

from blacklight_matching.scoring import Explanation

SUGGESTED, VIEWED, SHORTLISTED, APPLIED, REJECTED = "SUGGESTED", "VIEWED", "SHORTLISTED", "APPLIED", "REJECTED"


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match with what is shown of both sides; scores and confidence in hundredths."""

    match_id: UUID
    candidate_id: UUID
    candidate_name: str
    posting_id: UUID
    posting_title: str
    posting_company: str
    posting_location: str
    score: int
    grade: str
    confidence: int
    recommended: bool
    skills_score: int | None
    experience_score: int | None
    semantic_score: int | None
    matched_skills: tuple[str, ...]
    missing_skills: tuple[str, ...]
    state: str
    rejection_reason: str
    scorer_version: str
    etag: str
    create_time: datetime
    update_time: datetime
    view_time: datetime | None


@dataclass(frozen=True, slots=True)
class ExplainedMatch:
    """A match and its score taken apart."""

    match: MatchView
    explanation: Explanation


def match_etag(match_id: UUID, state_version: int) -> str:
    """Changes with every write of the state, not with scoring."""
    return etag_of("match", match_id, state_version)
