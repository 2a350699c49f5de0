"""Candidates and postings as they are read for scoring: ids and content hashes beside what the scorer sees. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.scoring import CandidateSide, PostingSide, WorkOffered

Keys = NDArray[np.uint8]
"""Ids or hashes, 16 bytes a row."""


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


@dataclass(frozen=True, slots=True)
class PostingTable:
    """Postings in order of id, column by column: many are read so without an object for each.

    Attributes:
        skills, years, vectors: as `PostingColumns.made` takes them.
        offers: what work each offers.
    """

    ids: Keys
    hashes: Keys
    skills: Sequence[Sequence[str]]
    years: NDArray[np.float64]
    vectors: NDArray[np.int16]
    offers: Sequence[WorkOffered]

    def __len__(self) -> int:
        return len(self.ids)


def keys_of(values: Collection[bytes]) -> Keys:
    """Values of 16 bytes as rows."""
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), 16)
