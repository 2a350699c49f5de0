"""Turn long texts into integer vectors: centred, evened out, and drawn towards the occupations of their titles.

Long texts share much that says nothing about the work, so the mean of their kind is taken away, and `axes` makes
directions in which texts of every kind vary count less. A title says more about the work than any one sentence: the
titles (the first line, see `texts`) are laid beside the prototypes of O*NET occupations, and the places of the
occupations they may mean are mixed in. Everything is whole numbers until a vector is brought to unit length.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.vectors.embedding import VECTOR_SCALE, embed_titles, piece_sums, quantise, to_unit
from blacklight_matching.vectors.similarity import as_factors, cosine_hundredths
from blacklight_matching.vectors.table import DIMENSIONS, Table, TextKind, table
from blacklight_matching.vectors.texts import titles_of

SHARES = 2**16
"""The shares of all occupations of one title add up to about this."""

_SOFTNESS = 400
"""Hundredths of a cosine within which two occupations are told apart by a factor of e; the prototypes were fitted to
it (0.04)."""

_PROSE_PARTS, _TITLE_PARTS = 2, 1
_TITLES_AT_ONCE = 4096


def embed_texts(texts: Sequence[str], kind: TextKind) -> NDArray[np.int16]:
    """Vectors of long texts, shape (n, 256).

    Args:
        texts: plain text without HTML, of any length; titles first where they are made by `texts`.
        kind: `profile` for candidates, `posting` for postings.
    """
    return mixed(piece_sums(texts), places_of(texts), kind)


def mixed(sums: NDArray[np.int64], places: NDArray[np.float64], kind: TextKind) -> NDArray[np.int16]:
    """Vectors from the sums of word pieces and the places of the titles (`places_of`)."""
    prose = quantise(_evened_out(quantise(to_unit(sums.astype(np.float64))), kind)).astype(np.float64)
    named = quantise(to_unit(places)).astype(np.float64)
    parts = prose * _PROSE_PARTS + named * _TITLE_PARTS
    parts[~prose.any(axis=1)] = 0
    return quantise(to_unit(parts))


def _evened_out(vectors: NDArray[np.int16], kind: TextKind) -> NDArray[np.float64]:
    """Unit vectors without what all texts of the kind share; zero stays zero."""
    # Whole numbers whose sums stay below 2**53: exact in any order.
    centred = (vectors - table().means[kind]).astype(np.float64) @ table().axes
    centred[~vectors.any(axis=1)] = 0
    return to_unit(centred)


def occupation_shares(vectors: NDArray[np.int16], tables: Table | None = None) -> NDArray[np.int64]:
    """How far each title may mean each occupation: (titles, occupations), a row adds up to about `SHARES`.

    Args:
        vectors: of titles, by `embed_titles`.
    """
    tables = tables or table()
    cosines = cosine_hundredths(vectors, tables.prototypes)
    behind = cosines.max(axis=1, keepdims=True, initial=0) - cosines
    weights = _falling()[np.minimum(behind, len(_falling()) - 1)]
    weights[~vectors.any(axis=1)] = 0
    return np.asarray(weights * SHARES // np.maximum(weights.sum(axis=1, keepdims=True), 1))


def places_of(texts: Sequence[str]) -> NDArray[np.float64]:
    """Sum of the places of the occupations that the titles of each text may mean; zero without titles."""
    titles = [(owner, title) for owner, text in enumerate(texts) for title in titles_of(text)]
    sums = np.zeros((len(texts), DIMENSIONS))
    places = as_factors(table().places).astype(np.float64)
    for start in range(0, len(titles), _TITLES_AT_ONCE):
        block = titles[start : start + _TITLES_AT_ONCE]
        shares = occupation_shares(embed_titles([title for _, title in block])).astype(np.float64)
        np.add.at(sums, [owner for owner, _ in block], shares @ places)
    return sums


@lru_cache(maxsize=1)
def _falling() -> NDArray[np.int64]:
    """exp(-d / 400) for d hundredths behind the best, in 1/2**20, from decimal arithmetic: the same everywhere."""
    unit = 2**20
    falling = [int((Decimal(-d) / _SOFTNESS).exp() * unit) for d in range(VECTOR_SCALE * 2)]
    return np.array([*falling, 0], dtype=np.int64)
