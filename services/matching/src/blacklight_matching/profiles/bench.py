"""A tenant's bench as it is scored: everybody who takes part, in columns, kept in memory between postings. Pure.

Reading ten thousand profiles costs more than scoring them, so a process keeps the benches it used last and reads only
what has changed since (`Profiles.bench`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.blocks import Keys, ProfileBlock, keys_of
from blacklight_matching.scoring import CandidateColumns, SkillIndex, WorkTaken

MOST_KEPT = 100_000
"""Candidates that a process keeps in memory, of all tenants; about 2 kB each."""


class BenchSkills(SkillIndex):
    """The skills of a bench. What nobody has needs no column of its own, so postings never make it grow."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__()
        self._nobody = super().column("")
        for key in sorted(known):
            super().column(key)

    def column(self, key: str) -> int:
        """The column of a key; one column for all that nobody has."""
        return self._columns.get(key, self._nobody)

    def columns(self, keys: Iterable[str]) -> list[int]:
        """The columns of keys."""
        return list(map(self._columns.get, keys, repeat(self._nobody)))


@dataclass(frozen=True)
class Bench:
    """Everybody of a tenant who takes part, by id, as of a version of the bench; some of them where it has none."""

    version: int | None
    block: ProfileBlock

    @cached_property
    def skills(self) -> BenchSkills:
        """The skills that somebody has."""
        return BenchSkills(set().union(*(side.skills for side in self.block.sides)))

    @cached_property
    def columns(self) -> CandidateColumns:
        """The candidates as the scorer takes them."""
        return CandidateColumns.of(self.block.sides, self.skills)

    @cached_property
    def owned(self) -> NDArray[np.int64]:
        """Every (candidate, skill) as one number, `candidate * len(skills) + skill`, ascending; never empty."""
        owners = np.repeat(np.arange(len(self.block.ids)), np.diff(self.columns.skill_starts))
        return np.sort(np.append(owners * len(self.skills) + self.columns.skill_columns, np.iinfo(np.int64).max))

    @cached_property
    def work(self) -> list[WorkTaken]:
        """What work each takes."""
        return [side.work for side in self.block.sides]

    @cached_property
    def rows(self) -> dict[UUID, int]:
        """Each candidate's number."""
        return {candidate_id: row for row, candidate_id in enumerate(self.block.ids)}

    @cached_property
    def keys(self) -> Keys:
        """The ids."""
        return keys_of([each.bytes for each in self.block.ids])

    @cached_property
    def hashes(self) -> Keys:
        """The content hashes."""
        return keys_of(self.block.hashes)

    def changed(self, version: int, present: ProfileBlock, gone: Collection[UUID]) -> Bench:
        """The bench with some candidates as they are now, and without those who are gone."""
        facts = dict(zip(self.block.ids, zip(self.block.hashes, self.block.sides, strict=True), strict=True))
        for candidate_id in gone:
            facts.pop(candidate_id, None)
        facts.update(zip(present.ids, zip(present.hashes, present.sides, strict=True), strict=True))
        ids = sorted(facts)
        return Bench(version, ProfileBlock(ids, [facts[each][0] for each in ids], [facts[each][1] for each in ids]))


class BenchShelf:
    """The benches a process used last, by tenant, at most so many candidates together."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._benches: OrderedDict[UUID, Bench] = OrderedDict()

    def find(self, tenant_id: UUID) -> Bench | None:
        """The bench as it was last put."""
        return self._benches.get(tenant_id)

    def put(self, tenant_id: UUID, bench: Bench) -> None:
        """Keeps a bench, and lets go of those not used for longest; one that is too large by itself is not kept."""
        self._benches[tenant_id] = bench
        self._benches.move_to_end(tenant_id)
        while self._benches and sum(len(each.block.ids) for each in list(self._benches.values())) > self._most:
            self._benches.popitem(last=False)
