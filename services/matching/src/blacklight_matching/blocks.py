"""Candidates and postings as they are read for scoring: ids and content hashes beside what the scorer sees. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from blacklight_matching.scoring import CandidateSide, PostingSide


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """Candidates in order of id."""

    ids: list[UUID]
    hashes: list[bytes]
    sides: list[CandidateSide]


@dataclass(frozen=True, slots=True)
class PostingBlock:
    """Postings in order of id."""

    ids: list[UUID]
    hashes: list[bytes]
    sides: list[PostingSide]
