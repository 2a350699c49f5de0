"""The table of word-piece rows and the tokenizer, read once a process. Built by `tools/build_vectors.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

TextKind = Literal["profile", "posting"]

DIMENSIONS = 256

_SCALE_UNIT = 2**24
"""Every half-precision scale is a whole multiple of 1/2**24, so scales are held as integers without loss."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the word pieces as integers: row times weight is exact.

    Attributes:
        rows: int8, one row of 256 for each word piece.
        weights: int32, the row's scale in units of 2**-24.
        means: mean unit vector of each kind of long text.
        name: which table it is, part of the engine version.
    """

    rows: NDArray[np.int8]
    weights: NDArray[np.int32]
    means: dict[str, NDArray[np.float64]]
    name: str
    tokenizer: Tokenizer


@lru_cache(maxsize=1)
def table() -> Table:
    """The table of this package (8 MB)."""
    with as_file(files("blacklight_matching.vectors").joinpath("data")) as folder:
        description = json.loads((folder / "table.json").read_text(encoding="utf-8"))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        rows = np.load(folder / "rows.npy", allow_pickle=False)
        scales = np.load(folder / "scales.npy", allow_pickle=False)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Table(
        rows=rows,
        weights=np.rint(scales.astype(np.float64) * _SCALE_UNIT).astype(np.int32),
        means={kind: np.asarray(mean, dtype=np.float64) for kind, mean in description["means"].items()},
        name=f"{description['engine']}-{description['rows_sha256'][:8]}",
        tokenizer=tokenizer,
    )
