"""Each candidate's best matches out of many blocks of postings, in memory that does not grow with them. Pure.

Best by score, ties by the posting's id; postings come in the order of their ids, so among equals the first stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.blocks import Keys
from blacklight_matching.scoring import FULL, RelatedPairs

Numbers = NDArray[np.int32]

SLACK = 2
"""How many times over the best are kept before they are cut."""
BAND = 10
"""Hundredths; scores are counted by bands of so many."""
_AS_SCORED = b""
_BANDS = FULL // BAND + 1


@dataclass(frozen=True, slots=True)
class Scored:
    """Scored pairs in parallel arrays; `rows` are candidates, by their number in the bench.

    Attributes:
        parts: overall, skills, experience, semantic and confidence of each pair, UNKNOWN where None.
        postings, hashes: id and content hash of the posting, 16 bytes each.
        matched: bit set of the required skills that the candidate has, `widths` bytes of each row.
        holds: whether the pair is a match; of those that people have judged it may be none.
        judged: whether people have looked at it or judged it.
    """

    rows: Numbers
    parts: NDArray[np.int16]
    postings: Keys
    hashes: Keys
    matched: Keys
    widths: NDArray[np.uint8]
    holds: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def overall(self) -> NDArray[np.int16]:
        """The overall scores."""
        return self.parts[:, 0]

    def without(self, names: Collection[tuple[int, bytes]]) -> Scored:
        """The pairs but for those of these names."""
        if not len(self) or not names:
            return self
        return self.take(np.array([name not in names for name in self.names()], dtype=bool))

    def present(self, candidates: NDArray[np.bool_], postings: Mapping[bytes, bytes | None]) -> Scored:
        """The pairs of present candidates and postings; judged ones of a posting that is out stay and hold no more.

        Args:
            candidates: of each candidate, whether it still is as it was scored.
            postings: content hashes by id, None of postings that are out; those not named are as they were scored.
        """
        if not len(self):
            return self
        if not postings:
            return self.take(candidates[self.rows])
        ids, places = distinct(self.postings)
        hashes = [postings.get(key, _AS_SCORED) for key in map(bytes, ids)]
        told = np.frombuffer(b"".join([each or bytes(16) for each in hashes]), dtype=np.uint64).reshape(-1, 2)[places]
        current = (told == np.ascontiguousarray(self.hashes).view(np.uint64)).all(axis=1)
        current |= np.array([each is _AS_SCORED for each in hashes], dtype=bool)[places]
        out = np.array([each is None for each in hashes], dtype=bool)[places]
        stays = candidates[self.rows] & (current | (out & self.judged))
        kept = self.take(stays)
        kept.holds[out[stays]] = False
        return kept

    def names(self) -> list[tuple[int, bytes]]:
        """Each pair as the candidate's number and the posting's id."""
        return list(zip(self.rows.tolist(), map(bytes, self.postings), strict=True))

    def scores(self) -> list[tuple[int, int]]:
        """Each candidate's number with the overall score."""
        return list(zip(self.rows.tolist(), self.overall.tolist(), strict=True))

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Scored:
        """The chosen ones, by mask or by number."""
        return Scored(*(getattr(self, each.name)[chosen] for each in fields(self)))


def distinct(keys: Keys) -> tuple[Keys, NDArray[np.int64]]:
    """The keys that differ, and the place of each row among them."""
    halves = np.ascontiguousarray(keys).view(np.uint64)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    new = np.append(True, (halves[order[1:]] != halves[order[:-1]]).any(axis=1)) if len(keys) else np.zeros(0, bool)
    places = np.empty(len(keys), dtype=np.int64)
    places[order] = np.cumsum(new) - 1
    return keys[order[new]], places


def parts_of(pairs: RelatedPairs) -> NDArray[np.int16]:
    """The scores of pairs as they are stored."""
    parts = (pairs.overall, pairs.skills, pairs.experience, pairs.semantic, pairs.confidence)
    return np.stack(parts, axis=1)


def joined(pieces: list[Scored]) -> Scored:
    """Pairs one after the other."""
    width = max(piece.matched.shape[1] for piece in pieces)
    columns = {each.name: [getattr(piece, each.name) for piece in pieces] for each in fields(Scored)}
    columns["matched"] = [np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in columns["matched"]]
    return Scored(**{name: np.concatenate(arrays) for name, arrays in columns.items()})


class Best:
    """Takes scored pairs block by block and keeps each candidate's best.

    Attributes:
        least: from which score on a later pair may still be among the best.
        is_cut: whose list may have left something out.
    """

    def __init__(self, candidates: int, most: int) -> None:
        self._candidates, self._most = candidates, most
        self._pieces: list[Scored] = []
        self._count = 0
        self._counts = np.zeros((candidates, _BANDS), dtype=np.int32)
        self.least = np.zeros(candidates, dtype=np.int16)
        self.is_cut = np.zeros(candidates, dtype=bool)

    def admit(self, rows: NDArray[np.int64], overall: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Which of these pairs may be among the best, by what was asked about so far; asked once of each pair.

        Of a few candidates next to each other. What is not admitted need not be worked out any further.
        """
        if not len(rows):
            return np.ones(0, dtype=bool)
        first, end = int(rows.min()), int(rows.max()) + 1
        cells = (rows - first) * _BANDS + overall // BAND
        counts = self._counts[first:end]
        counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape).astype(np.int32)
        from_above = counts[:, ::-1].cumsum(axis=1)
        is_full = from_above[:, -1] >= self._most
        floor = np.where(is_full, BAND * (_BANDS - 1 - (from_above >= self._most).argmax(axis=1)), 0)
        np.maximum(self.least[first:end], floor.astype(np.int16), out=self.least[first:end])
        return np.asarray(overall >= self.least[rows])

    def add(self, pairs: Scored) -> None:
        """Takes more pairs, of later postings than before."""
        if len(pairs):
            self._pieces.append(pairs)
            self._count += len(pairs)
            if self._count > SLACK * self._most * self._candidates:
                self._cut()

    def result(self) -> Scored | None:
        """The best, candidate by candidate, best first; None when there is none."""
        if not self._pieces:
            return None
        self._cut()
        return self._pieces[0]

    def _cut(self) -> None:
        pairs = joined(self._pieces)
        order = np.lexsort((np.arange(len(pairs)), -pairs.overall.astype(np.int32), pairs.rows))
        rows = pairs.rows[order]
        starts = np.searchsorted(rows, np.arange(self._candidates))
        places = np.arange(len(rows)) - starts[rows]
        self.is_cut[rows[places >= self._most]] = True
        kept = pairs.take(order[places < self._most])
        last = rows[places == self._most - 1]
        self.least[last] = np.maximum(self.least[last], pairs.overall[order[places == self._most - 1]] + 1)
        self.is_cut[last] = True
        self._pieces, self._count = [kept], len(kept)
