"""Scores a bench against a block of postings: the matches, and the pairs that people have judged. Pure.

Scores come from the one scorer in tiles of bounded size; what is found does not depend on the tiles.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.blocks import PostingBlock, PostingTable, keys_of
from blacklight_matching.matches.keeping.best import Scored, parts_of
from blacklight_matching.profiles.bench import Bench
from blacklight_matching.scoring import (
    SAYS_NOTHING,
    CandidateColumns,
    PostingColumns,
    PostingSide,
    RelatedPairs,
    WorkOffered,
    blocked_pairs,
    is_related,
    pairs_at,
    related_pairs,
    wanted_skills,
)

PAIRS_AT_ONCE = 500_000
"""Few enough that what is worked out of them stays near the processor."""
_THREADS = len(os.sched_getaffinity(0))

Whole = NDArray[np.int64]
Admits = Callable[[Whole, NDArray[np.int16]], NDArray[np.bool_]]
"""Which pairs are wanted, by the candidates' numbers and the overall scores. Several threads ask, each of candidates of
its own."""


class Reckoning:
    """One block of postings against a bench."""

    def __init__(self, bench: Bench, postings: PostingBlock | PostingTable) -> None:
        self._bench = bench
        if isinstance(postings, PostingBlock):
            self._columns = PostingColumns.of(postings.sides, bench.skills)
            self._offers: Sequence[WorkOffered] = [side.work for side in postings.sides]
            self._ids, self._hashes = keys_of([each.bytes for each in postings.ids]), keys_of(postings.hashes)
        else:
            self._columns = PostingColumns.made(postings.skills, postings.years, postings.vectors, bench.skills)
            self._offers = postings.offers
            self._ids, self._hashes = postings.ids, postings.hashes
        self._filters = any(offer is not SAYS_NOTHING for offer in self._offers)

    def matches(self, least: NDArray[np.int16] | None = None, admits: Admits | None = None) -> Iterator[Scored]:
        """Every match, tile by tile; of each candidate only those of a score of at least `least` that are wanted.

        Tiles are of different candidates, so several are worked out at a time.
        """
        count, step = len(self._bench.block.ids), max(1, PAIRS_AT_ONCE // max(1, len(self._ids)))
        tiles = [range(start, min(start + step, count)) for start in range(0, count, step)]
        wanted = wanted_skills(self._columns, self._bench.skills)

        def scored(tile: range) -> Scored:
            return self._tile(tile, wanted, None if least is None else least[tile.start : tile.stop], admits)

        if len(tiles) < _THREADS:
            yield from map(scored, tiles)
            return
        with ThreadPoolExecutor(_THREADS, "tiles") as workers:
            yield from workers.map(scored, tiles)

    def _tile(
        self, tile: range, wanted: NDArray[np.float32], least: NDArray[np.int16] | None, admits: Admits | None
    ) -> Scored:
        people = _rows(self._bench.columns, tile.start, tile.stop)
        pairs = related_pairs(people, self._columns, self._bench.skills, least, wanted)
        if self._filters:
            blocked = blocked_pairs(self._bench.work[tile.start : tile.stop], self._offers)
            pairs = pairs.take(~blocked[pairs.rows, pairs.columns])
        np.add(pairs.rows, tile.start, out=pairs.rows)
        if admits is not None:
            pairs = pairs.take(admits(pairs.rows, pairs.overall))
        return self._scored(pairs, np.ones(len(pairs.rows), dtype=bool), judged=False)

    def judged(self, rows: Whole, columns: Whole) -> Scored:
        """These pairs, whether they are matches or not."""
        pairs = pairs_at(self._bench.columns, self._columns, self._bench.skills, rows, columns)
        blocked = np.array(
            [
                blocked_pairs([self._bench.work[row]], [self._offers[column]])[0, 0]
                for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            ],
            dtype=bool,
        )
        return self._scored(pairs, is_related(pairs) & ~blocked, judged=True)

    def _scored(self, pairs: RelatedPairs, holds: NDArray[np.bool_], *, judged: bool) -> Scored:
        matched, widths = self._matched(pairs.rows, pairs.columns)
        return Scored(
            pairs.rows.astype(np.int32),
            parts_of(pairs),
            self._ids[pairs.columns],
            self._hashes[pairs.columns],
            matched,
            widths,
            holds,
            np.full(len(holds), judged),
        )

    def _matched(self, rows: Whole, columns: Whole) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The bits of `scoring.matched_bits`, of all pairs at once."""
        starts = self._columns.skill_starts
        required = np.diff(starts)[columns]
        widths = (required + 7) // 8
        bits = np.zeros((len(rows), 8 * int(widths.max(initial=0))), dtype=bool)
        pair = np.repeat(np.arange(len(rows)), required)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(required) - required, required)
        skills = self._columns.skill_columns[np.repeat(starts[columns], required) + place]
        bits[pair, place] = _has(self._bench, rows[pair], skills)
        return np.packbits(bits, axis=1, bitorder="little"), widths.astype(np.uint8)


def _has(bench: Bench, rows: Whole, skills: Whole) -> NDArray[np.bool_]:
    """Whether each candidate has each skill."""
    asked = rows * len(bench.skills) + skills
    places = np.searchsorted(bench.owned, asked)
    return np.asarray(bench.owned[np.minimum(places, len(bench.owned) - 1)] == asked)


def _rows(columns: CandidateColumns, start: int, end: int) -> CandidateColumns:
    first, last = int(columns.skill_starts[start]), int(columns.skill_starts[end])
    return CandidateColumns(
        columns.skill_starts[start : end + 1] - first,
        columns.skill_columns[first:last],
        columns.months[start:end],
        columns.factors[start:end],
        columns.has_vector[start:end],
    )


def ranked(bench: Bench, posting: PostingSide, most: int) -> list[UUID]:
    """The candidates who match one posting best, best first, ties by id."""
    one = PostingBlock([UUID(int=0)], [bytes(16)], [posting])
    found = [
        (-score, bench.block.ids[row]) for scored in Reckoning(bench, one).matches() for row, score in scored.scores()
    ]
    return [candidate_id for _, candidate_id in sorted(found)[:most]]
