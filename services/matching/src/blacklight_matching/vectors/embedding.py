"""Turn titles into integer vectors (architecture, "One scorer"; stack notes, section 9); long texts: `documents`.

A vector is the mean row of the text's word pieces at unit length, times 2047, rounded: 256 whole numbers that
halfvec and float32 hold exactly. Sums run over integers, and squares are kept below 2**53, so the same text
gives the same vector on every machine. A text without word pieces has the zero vector, which means
"unknown".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.titles import title_core
from blacklight_matching.vectors.table import DIMENSIONS, Table, table

VECTOR_SCALE = 2047

ENGINE_VERSION = "static-2"
"""Changes with the table or with the way texts are cut; stored beside each vector. See `engine_version`."""

_PIECES_AT_ONCE = 8192
_SQUARE_SAFE_BITS = 22


def engine_version() -> str:
    """Version of the vectors made here: rule version and table. A stored vector of another version is
    stale.
    """
    return f"{ENGINE_VERSION}/{table().name}"


def embed_titles(titles: Sequence[str], tables: Table | None = None) -> NDArray[np.int16]:
    """Vectors of job titles or role names, shape (n, 256).

    Titles are cleaned first: levels, places, requisition numbers and pay are dropped, short forms written
    out. `tables` are the package's own unless a measurement gives others.
    """
    return quantise(unit_vectors([title_core(title) for title in titles], tables))


def quantise(units: NDArray[np.float64]) -> NDArray[np.int16]:
    """Unit vectors as whole numbers of 1/2047."""
    return np.rint(units * VECTOR_SCALE).astype(np.int16)


def unit_vectors(texts: Sequence[str], tables: Table | None = None) -> NDArray[np.float64]:
    """Unit mean rows of texts, neither cleaned nor centred; zero where a text has no word pieces."""
    return to_unit(piece_sums(texts, tables).astype(np.float64))


def piece_sums(texts: Sequence[str], tables: Table | None = None) -> NDArray[np.int64]:
    """The weighted rows of each text's word pieces, summed; that of two texts in a row is the sum of both."""
    tables = tables or table()
    encodings = tables.tokenizer.encode_batch(list(texts), add_special_tokens=False)
    sums = np.zeros((len(texts), DIMENSIONS), dtype=np.int64)
    for owners, pieces in _blocks([encoding.ids for encoding in encodings]):
        rows = tables.rows[pieces].astype(np.int32) * tables.weights[pieces, None]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        sums[owners[starts]] += np.add.reduceat(rows, starts, axis=0, dtype=np.int64)
    return sums


def _blocks(lists: list[list[int]]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(text number, word piece) pairs of all texts, a bounded number at a time."""
    owners = np.repeat(np.arange(len(lists)), [len(ids) for ids in lists])
    pieces = np.fromiter((piece for ids in lists for piece in ids), dtype=np.int64, count=len(owners))
    for start in range(0, len(owners), _PIECES_AT_ONCE):
        yield owners[start : start + _PIECES_AT_ONCE], pieces[start : start + _PIECES_AT_ONCE]


def to_unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors; a zero vector stays zero.

    Components are first cut to whole numbers below 2**22: their squares add up exactly in any order.
    """
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    _, exponents = np.frexp(largest)
    whole = np.rint(np.ldexp(vectors, (_SQUARE_SAFE_BITS - exponents)[:, None]))
    lengths = np.sqrt(np.square(whole).sum(axis=1))
    return np.asarray(whole / np.where(lengths == 0, 1.0, lengths)[:, None])
