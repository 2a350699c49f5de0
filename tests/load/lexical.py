"""TF-IDF and BM25, the lexical baselines of the quality figures; scipy only."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Cut = Callable[[str], list[str]]


def words(text: str) -> list[str]:
    """Lower-case words."""
    return re.findall(r"[a-z0-9+#]+", text.casefold())


def characters(text: str) -> list[str]:
    """Pieces of three to five characters within words, edges marked."""
    edged = [f" {word} " for word in words(text)]
    return [word[i : i + n] for word in edged for n in (3, 4, 5) for i in range(len(word) - n + 1)]


def tfidf(queries: Sequence[str], documents: Sequence[str], cut: Cut = words) -> sparse.csr_matrix:
    """Cosines of (1 + log tf) x idf, idf over the documents."""
    bags, asked, index = _bags(queries, documents, cut)
    frequency = _document_frequency(bags, index)
    idf = np.log((1 + len(bags)) / (1 + frequency)) + 1
    left, right = (
        _unit(_matrix(each, index, lambda n, _: 1 + math.log(n)) @ sparse.diags(idf)) for each in (asked, bags)
    )
    return sparse.csr_matrix(left @ right.T)


def bm25(queries: Sequence[str], documents: Sequence[str], cut: Cut = words) -> sparse.csr_matrix:
    """BM25 with k1 = 1.5, b = 0.75."""
    bags, asked, index = _bags(queries, documents, cut)
    frequency = _document_frequency(bags, index)
    idf = np.log(1 + (len(bags) - frequency + 0.5) / (frequency + 0.5))
    mean = sum(sum(bag.values()) for bag in bags) / len(bags)
    right = _matrix(bags, index, lambda n, size: n * 2.5 / (n + 1.5 * (0.25 + 0.75 * size / mean)))
    return sparse.csr_matrix(_matrix(asked, index, lambda n, _: n) @ (right @ sparse.diags(idf)).T)


def _bags(
    queries: Sequence[str], documents: Sequence[str], cut: Cut
) -> tuple[list[Counter[str]], list[Counter[str]], dict[str, int]]:
    bags = [Counter(cut(text)) for text in documents]
    index = {piece: i for i, piece in enumerate(sorted({piece for bag in bags for piece in bag}))}
    return bags, [Counter(cut(text)) for text in queries], index


def _document_frequency(bags: Sequence[Counter[str]], index: dict[str, int]) -> NDArray[np.float64]:
    frequency = np.zeros(len(index))
    for bag in bags:
        frequency[[index[piece] for piece in bag]] += 1
    return frequency


def _matrix(
    bags: Sequence[Counter[str]], index: dict[str, int], weight: Callable[[int, int], float]
) -> sparse.csr_matrix:
    cells = [
        (line, index[piece], weight(count, sum(bag.values())))
        for line, bag in enumerate(bags)
        for piece, count in bag.items()
        if piece in index
    ]
    lines, columns, weights = zip(*cells, strict=True) if cells else ((), (), ())
    return sparse.csr_matrix((weights, (lines, columns)), shape=(len(bags), len(index)))


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(lengths, 1e-12)) @ matrix)
