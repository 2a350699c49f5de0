"""Vectors on their way to and from the database's halfvec; whole numbers up to 2,047 are exact in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.vectors import DIMENSIONS

_HEADER = 4
"""`halfvec_send` writes dimension and an unused half-word before the numbers, all big-endian."""
SENT_BYTES = _HEADER + 2 * DIMENSIONS


def to_literal(vector: NDArray[np.int16]) -> str:
    """The text form that PostgreSQL reads as halfvec."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def from_sent(rows: Sequence[bytes | memoryview]) -> NDArray[np.int16]:
    """Vectors from the bytes of `halfvec_send`, shape (n, 256)."""
    if not rows:
        return np.zeros((0, DIMENSIONS), dtype=np.int16)
    return from_packed(np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), SENT_BYTES))


def from_packed(sent: NDArray[np.uint8]) -> NDArray[np.int16]:
    """The same from rows of `SENT_BYTES`."""
    return np.ascontiguousarray(sent[:, _HEADER:]).view(">f2").astype(np.int16)
