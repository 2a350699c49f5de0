"""Looks a title up among the occupations of O*NET: exact title first, then two votes of equal weight.

One vote is by the ten known titles whose vectors are nearest, a title of several occupations voting for each in
equal parts; the other by the prototypes of the occupations (`vectors.documents.occupation_shares`). Scores are whole
hundredths of a per cent of the votes, so that every machine gives the same. Measured by `tests/load/bench_q2.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from blacklight_matching.occupations.known_titles import KnownTitles, known_lines, known_titles
from blacklight_matching.titles import clean_title, expand_short_forms, title_core, written_core
from blacklight_matching.vectors.documents import SHARES, occupation_shares
from blacklight_matching.vectors.embedding import embed_titles, quantise, unit_vectors
from blacklight_matching.vectors.similarity import as_factors, hundredths
from blacklight_matching.vectors.table import Table, table

_MAKING = Lock()

NEAR_FROM = 7_000
"""Cosine of the nearest known title, in hundredths, below which nothing is sure."""

SURE_FROM = 6_000
"""Share of the votes from which an occupation is sure: of held-out titles that reach it, .86 are right (Q2)."""

FULL = 10_000

_NEIGHBOURS = 10
_POWER = 12
_TITLES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation that a title may name.

    Attributes:
        code, name: of O*NET-SOC.
        score: share of the votes, 0..10,000, which is about how often it is right; occupations that O*NET lists under
            the very title share 10,000 among themselves and come first.
        is_exact: whether O*NET lists the title under this occupation.
        is_sure: whether to act on it; where none is sure, show several.
    """

    code: str
    name: str
    score: int
    is_exact: bool
    is_sure: bool


def find_occupations(title: str, count: int = 5) -> list[Occupation]:
    """The likeliest occupations of a title as a board or a person wrote it, best first; none for an empty title."""
    return find_many([title], count)[0]


def find_many(titles: Sequence[str], count: int = 5) -> list[list[Occupation]]:
    """`find_occupations` of each title."""
    return _index().find(titles, count)


def _index() -> OccupationIndex:
    """The index, made once however many ask for it at first."""
    with _MAKING:
        return _made()


@lru_cache(maxsize=1)
def _made() -> OccupationIndex:
    return OccupationIndex(known_titles(known_lines()), table())


class OccupationIndex:
    """Known titles with their vectors (45 MB)."""

    def __init__(self, known: KnownTitles, tables: Table) -> None:
        self._tables = tables
        self._names = [known.names[code] for code in tables.codes]
        self._place = {code: i for i, code in enumerate(tables.codes)}
        self._exact: dict[str, set[int]] = {}
        for title, codes in known.codes.items():
            self._exact.setdefault(title.casefold(), set()).update(self._place[code] for code in codes)
        written_out = [expand_short_forms(title) for title in known.codes]
        self._vectors = as_factors(quantise(unit_vectors(written_out, tables)))
        self._codes = self._code_matrix(list(known.codes.values()))

    def find(self, titles: Sequence[str], count: int) -> list[list[Occupation]]:
        """The `count` likeliest occupations of each title."""
        found: list[list[Occupation]] = []
        for start in range(0, len(titles), _TITLES_AT_ONCE):
            block = titles[start : start + _TITLES_AT_ONCE]
            scores, nearest = self.scores(block)
            found += [
                self._best(title, row, int(near), count)
                for title, row, near in zip(block, scores, nearest, strict=True)
            ]
        return found

    def scores(self, titles: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Votes of all occupations (titles x occupations, a row adds up to about 10,000), nearest cosines."""
        vectors = embed_titles(titles, self._tables)
        products_of_pairs = as_factors(vectors) @ self._vectors.T
        # All as near as the tenth vote, so that no order among equals matters.
        tenth = np.partition(products_of_pairs, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS, None]
        lines, near = np.nonzero(products_of_pairs >= tenth)
        cosines = hundredths(products_of_pairs[lines, near].astype(np.int64))
        voters = sparse.csr_matrix((_vote_weights()[cosines], (lines, near)), shape=products_of_pairs.shape)
        votes = np.asarray((voters @ self._codes).toarray(), dtype=np.int64)
        by_neighbours = votes * FULL // np.maximum(votes.sum(axis=1, keepdims=True), 1)
        by_prototypes = occupation_shares(vectors, self._tables) * FULL // SHARES
        nearest = hundredths(products_of_pairs.max(axis=1, initial=0).astype(np.int64))
        return (by_neighbours + by_prototypes) // 2, nearest

    def _best(self, title: str, scores: NDArray[np.int64], nearest: int, count: int) -> list[Occupation]:
        exact = self._exact_places(title)
        scores = scores.copy()
        if exact:
            chosen = np.array(sorted(exact))
            votes = scores[chosen] + 1
            scores[chosen] = votes * FULL // votes.sum() + FULL
        order = np.lexsort((np.arange(len(scores)), -scores))[: min(count, np.count_nonzero(scores))]
        return [self._occupation(place, int(scores[place]), nearest, place in exact) for place in map(int, order)]

    def _occupation(self, place: int, score: int, nearest: int, is_exact: bool) -> Occupation:
        share = score - FULL if is_exact else score
        is_sure = is_exact or (nearest >= NEAR_FROM and share >= SURE_FROM)
        return Occupation(self._tables.codes[place], self._names[place], share, is_exact, is_sure)

    def _exact_places(self, title: str) -> set[int]:
        """Occupations that O*NET lists under the title, as written first, then cleaned, then written out."""
        for form in (title.strip(), clean_title(title), written_core(title), title_core(title)):
            if places := self._exact.get(form.casefold()):
                return places
        return set()

    def _code_matrix(self, codes: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """(known title, occupation): equal parts of 5,040, which 1 to 10 divide."""
        lines = [line for line, found in enumerate(codes) for _ in found]
        places = [self._place[code] for found in codes for code in found]
        parts = [5_040 // len(found) for found in codes for _ in found]
        return sparse.csr_matrix((parts, (lines, places)), shape=(len(codes), len(self._names)), dtype=np.int64)


@lru_cache(maxsize=1)
def _vote_weights() -> NDArray[np.int64]:
    """Weight of a neighbour by its cosine in hundredths: cosine ** 12, in 1/2**30, exact."""
    return np.array([(cosine**_POWER << 30) // FULL**_POWER for cosine in range(FULL + 1)], dtype=np.int64)
