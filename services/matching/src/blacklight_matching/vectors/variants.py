"""Vectors of one text with something added, without reading the text again for each addition.

Word pieces are summed, and words are cut one by one, so what is added only adds its own pieces: the vectors are those
that `embed_texts` makes of the longer texts, to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.vectors.documents import mixed, places_of
from blacklight_matching.vectors.embedding import piece_sums
from blacklight_matching.vectors.table import TextKind


def embed_variants(text: str, additions: Sequence[str], kind: TextKind) -> NDArray[np.int16]:
    """Vectors of `text` with each of the additions, which name no title; shape (len(additions), 256)."""
    sums, places = _base(text)
    return mixed(sums + piece_sums(additions), np.repeat(places, len(additions), axis=0), kind)


@lru_cache(512)  # the same candidate is explained for many postings
def _base(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sums and places of the text alone; nobody changes them."""
    return piece_sums([text]), places_of([text])
