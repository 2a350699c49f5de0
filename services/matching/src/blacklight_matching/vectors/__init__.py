"""Sentence vectors without a network, a key or a model server.

embed_titles(titles)           int16 (n, 256), for titles and role names
embed_texts(texts, kind)       int16 (n, 256), for profiles and postings: `texts` says of what
cosine_hundredths(left, right) exact cosines of all pairs, 0..10,000
nearest(query, vectors, count) best rows of one query
as_factors, products, hundredths   the same in steps, for hot paths
engine_version()               stored beside each vector
"""

from blacklight_matching.vectors.documents import embed_texts
from blacklight_matching.vectors.embedding import (
    ENGINE_VERSION,
    VECTOR_SCALE,
    embed_titles,
    engine_version,
)
from blacklight_matching.vectors.similarity import (
    as_factors,
    cosine_hundredths,
    hundredths,
    nearest,
    products,
)
from blacklight_matching.vectors.table import DIMENSIONS, TextKind

__all__ = [
    "DIMENSIONS",
    "ENGINE_VERSION",
    "VECTOR_SCALE",
    "TextKind",
    "as_factors",
    "cosine_hundredths",
    "embed_texts",
    "embed_titles",
    "engine_version",
    "hundredths",
    "nearest",
    "products",
]
