"""Candidates and postings of S3: made from a seed, written straight into matching's tables."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
from blacklight_matching.postings.models import Posting, PostingReading
from blacklight_matching.profiles.models import CandidateProfile
from blacklight_servicekit import bulk
from numpy.typing import NDArray
from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from tests.load.s7_rows import fill

FAMILIES, SKILLS_OF_FAMILY, COMMON_SKILLS = 20, 40, 20
DIMENSIONS = 256
COMMON_PART, OWN_PART = 0.6, 0.8
"""Beside a family's own direction of length 1: what all texts share, and what is a text's own."""
YEARS_ASKED = 0.7
SEED = (("n", "int4"), ("skill_keys", "text[]"), ("years", "int2"))
_VECTOR = np.dtype([("fields", ">i2"), ("size_n", ">i4"), ("n", ">i4"), ("size", ">i4"), ("dim", ">i2"),
                    ("unused", ">i2"), ("values", ">f2", (DIMENSIONS,))])  # fmt: skip


class Makes:
    """Makes people and postings of the same families, each family as frequent as its rank allows (Zipf)."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._shared = self._unit(1)[0]
        self._centres = self._unit(FAMILIES)
        rank = 1 / np.arange(1, FAMILIES + 1)
        self._families = rank / rank.sum()
        weight = 1 / np.arange(1, SKILLS_OF_FAMILY + 1) ** 0.8
        self._weights = weight / weight.sum()

    def _unit(self, count: int) -> NDArray[np.float64]:
        rows = self._chance.standard_normal((count, DIMENSIONS))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    def rows(self, first: int, count: int, skills: tuple[int, int]) -> tuple[list[tuple[Any, ...]], bytes]:
        """Rows of `SEED` and the vectors as COPY takes them; each has so many skills of its family and some common."""
        families = self._chance.choice(FAMILIES, count, p=self._families)
        vectors = self._centres[families] + COMMON_PART * self._shared + OWN_PART * self._unit(count)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        sent = np.zeros(count, dtype=_VECTOR)
        sent["fields"], sent["size_n"], sent["n"] = 2, 4, np.arange(first, first + count)
        sent["size"], sent["dim"], sent["values"] = 4 + 2 * DIMENSIONS, DIMENSIONS, np.rint(vectors * 2047)
        made = [self._row(first + number, int(family), skills) for number, family in enumerate(families)]
        return made, b"PGCOPY\n\xff\r\n\x00" + bytes(8) + sent.tobytes() + b"\xff\xff"

    def _row(self, number: int, family: int, skills: tuple[int, int]) -> tuple[Any, ...]:
        chance = self._chance
        own = chance.choice(SKILLS_OF_FAMILY, int(chance.integers(*skills)), replace=False, p=self._weights)
        common = chance.choice(COMMON_SKILLS, int(chance.integers(0, 3)), replace=False)
        keys = [f"skill-{family}-{each}" for each in own] + [f"common-{each}" for each in common]
        years = int(chance.integers(1, 13)) if chance.random() < YEARS_ASKED else None
        return number, keys, years


def add_candidates(session: Session, tenant_id: UUID, makes: Makes, count: int) -> list[UUID]:
    """Candidates who take part: 5 to 13 skills of their family."""
    _seed(session, makes.rows(0, count, (5, 14)))
    values = {
        "tenant_id": f"'{tenant_id}'::uuid",
        "candidate_id": "uuidv7()",
        "matchable": "true",
        "experience_years": "years",
        "skill_keys": "skill_keys",
        "embedding": "embedding",
        "content_hash": "decode(md5('c' || n), 'hex')",
    }
    session.execute(text(_from_seed(CandidateProfile.__table__, values)))
    return list(session.scalars(text("SELECT candidate_id FROM candidate_profiles ORDER BY candidate_id")))


def add_postings(session: Session, makes: Makes, first: int, count: int) -> None:
    """Shared postings that are read: 3 to 9 required skills of their family, years asked of 7 in 10."""
    _seed(session, makes.rows(first, count, (3, 10)))
    posting_id = "lpad(to_hex(n), 32, '0')::uuid"
    values = {"posting_id": posting_id, "platform": "'bench'", "platform_job_id": "n::text"}
    session.execute(text(_from_seed(Posting.__table__, values)))
    values = {
        "posting_id": posting_id,
        "skill_keys": "skill_keys",
        "min_years": "years",
        "embedding": "embedding",
        "search": "''::tsvector",
        "content_hash": "decode(md5('p' || n), 'hex')",
    }
    session.execute(text(_from_seed(PostingReading.__table__, values)))


def _seed(session: Session, made: tuple[list[tuple[Any, ...]], bytes]) -> None:
    rows, vectors = made
    bulk.copy_rows(session, "seed", SEED, rows)
    bulk.make_table(session, "seed_vectors", (("vector_of", "int4"), ("embedding", "halfvec")))
    copy = "COPY seed_vectors (vector_of, embedding) FROM STDIN (FORMAT binary)"
    bulk.copy_in(session, copy, io.BytesIO(vectors))
    session.execute(text("ANALYZE seed_vectors"))


def _from_seed(table: Any, values: Mapping[str, str]) -> str:
    assert isinstance(table, Table)
    select = fill(table, values).partition(" FROM generate_series")[0]
    return f"{select} FROM seed JOIN seed_vectors ON vector_of = n"
