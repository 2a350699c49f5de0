"""Cosines of integer vectors, exact for any blocking, thread count or CPU.

The product of two vectors is a sum of 256 products of whole numbers whose partial sums stay below 2**24:
float32 holds each of them exactly, so BLAS may add them in any order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.vectors.embedding import VECTOR_SCALE

FULL_PRODUCT = VECTOR_SCALE * VECTOR_SCALE
"""The product of a vector with itself."""


def as_factors(vectors: NDArray[np.int16]) -> NDArray[np.float32]:
    """Vectors in the form `products` multiplies; convert once, multiply often."""
    return np.ascontiguousarray(vectors, dtype=np.float32)


def products(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.int64]:
    """Exact integer products of all pairs, shape (len(left), len(right))."""
    return (left @ right.T).astype(np.int64)


def hundredths(products_of_pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cosine x 100, clamped to 0..100, in hundredths (0..10,000); halves round up (spec section 6.8)."""
    return np.clip((products_of_pairs * 20_000 + FULL_PRODUCT) // (2 * FULL_PRODUCT), 0, 10_000)


def cosine_hundredths(left: NDArray[np.int16], right: NDArray[np.int16]) -> NDArray[np.int64]:
    """Cosines of all pairs of two sets of vectors, in hundredths of a point out of 100."""
    return hundredths(products(as_factors(left), as_factors(right)))


def nearest(query: NDArray[np.int16], vectors: NDArray[np.int16], count: int) -> list[tuple[int, int]]:
    """The `count` rows most like one query vector: (row, hundredths), best first, ties by row number."""
    scores = cosine_hundredths(query.reshape(1, -1), vectors)[0]
    order = np.lexsort((np.arange(len(scores)), -scores))[:count]
    return [(int(row), int(scores[row])) for row in order]
