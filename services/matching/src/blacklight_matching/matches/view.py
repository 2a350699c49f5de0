"""Matches as they leave the service. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.etag import etag_of

from blacklight_matching.postings.view import Headline
from blacklight_matching.scoring import RECOMMENDED_FROM, Blocker, Explanation, Score, grade_of, is_matched


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match with what is shown of both sides; scores and confidence in hundredths.

    A pair that is not stored has no id, no state and no times.
    """

    match_id: UUID | None
    candidate_id: UUID
    candidate_name: str
    posting_id: UUID
    posting_title: str
    posting_company: str
    posting_location: str
    posting_platform: str
    posting_origin: str
    posted_time: datetime | None
    score: int
    grade: str
    confidence: int
    recommended: bool
    skills_score: int | None
    experience_score: int | None
    semantic_score: int | None
    matched_skills: tuple[str, ...]
    missing_skills: tuple[str, ...]
    scorer_version: str
    blocked_by: tuple[Blocker, ...] = ()
    state: str = ""
    rejection_reason: str = ""
    notes: str = ""
    etag: str = ""
    create_time: datetime | None = None
    update_time: datetime | None = None
    view_time: datetime | None = None
    shortlist_time: datetime | None = None
    apply_time: datetime | None = None
    reject_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExplainedMatch:
    """A match and its score taken apart."""

    match: MatchView
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class TextScore:
    """A candidate's score for a pasted job."""

    candidate_id: UUID
    candidate_name: str
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class TextScores:
    """What was read of a pasted job, and who fits it."""

    title: str
    skills: Sequence[str]
    min_years: float | None
    max_years: float | None
    scores: Sequence[TextScore]


@dataclass(frozen=True, slots=True)
class PostingCount:
    """How many recommended matches a posting has."""

    posting_id: UUID
    title: str
    company: str
    recommended: int
    best_score: int


@dataclass(frozen=True, slots=True)
class MatchStats:
    """How many matches there are; `grades` and `states` have every grade and state, also those of none.

    Attributes:
        platforms, origins: of their postings, most first; what a list can be narrowed to.
    """

    total: int
    recommended: int
    mean_score: int
    grades: Mapping[str, int]
    states: Mapping[str, int]
    platforms: Mapping[str, int]
    origins: Mapping[str, int]
    top_postings: Sequence[PostingCount] = ()


def match_etag(match_id: UUID, state_version: int) -> str:
    """Changes with every write of the state or the notes, not with scoring."""
    return etag_of("match", match_id, state_version)


_AS_STORED = frozenset(
    {
        "match_id", "candidate_id", "posting_id", "score", "skills_score", "experience_score", "semantic_score",
        "scorer_version", "state", "rejection_reason", "notes", "create_time", "update_time", "view_time",
        "shortlist_time", "apply_time", "reject_time",
    }
)  # fmt: skip
"""Shown as they stand in the row."""


def stored_view(match: Any, name: str, posting: Headline | None, blocked_by: Sequence[Blocker]) -> MatchView:
    """A stored match with what is shown of both sides; `match` has the columns of candidate_matches."""
    # The bits number the skills of the reading that was scored; of another reading they say nothing.
    known = posting is not None and posting.content_hash == bytes(match.posting_hash)
    matched, missing = _divided(posting if known else None, bytes(match.matched))
    return MatchView(
        **{name: getattr(match, name) for name in _AS_STORED},
        **_shown(posting),
        candidate_name=name,
        grade=grade_of(match.score),
        confidence=match.confidence * 100,
        recommended=match.score >= RECOMMENDED_FROM,
        matched_skills=matched,
        missing_skills=missing,
        blocked_by=tuple(blocked_by),
        etag=match_etag(match.match_id, match.state_version),
    )


def live_view(
    candidate_id: UUID,
    name: str,
    posting_id: UUID,
    posting: Headline | None,
    score: Score,
    blocked_by: Sequence[Blocker],
) -> MatchView:
    """A pair that is not stored, as it scores now."""
    matched, missing = _divided(posting, score.matched)
    return MatchView(
        match_id=None,
        candidate_id=candidate_id,
        posting_id=posting_id,
        **_shown(posting),
        candidate_name=name,
        score=score.overall,
        grade=score.grade,
        confidence=score.confidence * 100,
        recommended=score.is_recommended,
        skills_score=score.skills,
        experience_score=score.experience,
        semantic_score=score.semantic,
        matched_skills=matched,
        missing_skills=missing,
        scorer_version=score.version,
        blocked_by=tuple(blocked_by),
    )


def _shown(posting: Headline | None) -> dict[str, Any]:
    return {
        "posting_title": posting.title if posting else "",
        "posting_company": posting.company if posting else "",
        "posting_location": posting.location if posting else "",
        "posting_platform": posting.platform if posting else "",
        "posting_origin": posting.origin if posting else "",
        "posted_time": posting.posted_time if posting else None,
    }


def _divided(posting: Headline | None, bits: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the required skills that the candidate has, and of those that are missing."""
    names = [name for _, name in posting.skills] if posting else []
    flags = [is_matched(bits, place) for place in range(len(names))]
    has = tuple(name for name, flag in zip(names, flags, strict=True) if flag)
    return has, tuple(name for name, flag in zip(names, flags, strict=True) if not flag)
