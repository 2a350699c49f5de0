"""The tables behind the vectors, read once a process. Built by `tools/build_vectors.py` and what it names next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

TextKind = Literal["profile", "posting"]

DIMENSIONS = 256

_SCALE_UNIT = 2**24
"""Every half-precision scale is a whole multiple of 1/2**24, so scales are held as integers without loss."""


@dataclass(frozen=True, slots=True)
class Table:
    """What texts are embedded with, in whole numbers, so that sums are exact.

    Attributes:
        rows: int8, one row of 256 for each word piece.
        weights: int32, the row's scale in units of 2**-24.
        name: which tables these are, part of the engine version.
        codes: O*NET codes in the order of `prototypes` and `places`.
        prototypes: int16, where the titles of each occupation lie (unit length, 1/2047).
        places: int16, where each occupation lies among long texts, after `axes` (unit length, 1/2047).
        means: int64, what all long texts of a kind share (1/2047).
        axes: float64 of whole numbers, 256 x 256, evens out the directions of long texts.
    """

    rows: NDArray[np.int8]
    weights: NDArray[np.int32]
    tokenizer: Tokenizer
    name: str
    codes: tuple[str, ...]
    prototypes: NDArray[np.int16]
    places: NDArray[np.int16]
    means: dict[str, NDArray[np.int64]]
    axes: NDArray[np.float64]


@lru_cache(maxsize=1)
def table() -> Table:
    """The tables of this package (9 MB)."""
    with as_file(files("blacklight_matching.vectors").joinpath("data")) as folder:
        return read_table(folder)


def read_table(folder: Path) -> Table:
    """The tables of a folder; those that a later step of the build makes are empty until then."""
    description: dict[str, Any] = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Table(
        rows=_array(folder, "rows"),
        weights=row_weights(_array(folder, "scales")),
        tokenizer=tokenizer,
        name=f"{description['engine']}-{description['sha256'][:8]}",
        codes=tuple(description["codes"]),
        prototypes=_array(folder, "prototypes"),
        places=_array(folder, "places"),
        means={kind: np.asarray(mean, dtype=np.int64) for kind, mean in description["means"].items()},
        axes=_array(folder, "axes").astype(np.float64),
    )


def row_weights(scales: NDArray[np.float16]) -> NDArray[np.int32]:
    """Half-precision scales as whole numbers of 2**-24."""
    return np.rint(scales.astype(np.float64) * _SCALE_UNIT).astype(np.int32)


def _array(folder: Path, name: str) -> NDArray[Any]:
    path = folder / f"{name}.npy"
    return np.load(path, allow_pickle=False) if path.exists() else np.zeros((0, DIMENSIONS), dtype=np.int16)
