"""Fit where the titles of each O*NET occupation lie among the vectors of titles (1 minute, numpy only).

    python build_prototypes.py --onet DIR [--folder DIR] [--without-held-out]

Run after `build_vectors.py`, before `measure_texts.py`. A softmax over cosines / 0.04, fitted to the known titles by
Adam; a title with several occupations belongs to each in equal parts. Starts from the mean title of each occupation.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from blacklight_matching.titles import expand_short_forms
from blacklight_matching.vectors.embedding import quantise, unit_vectors
from blacklight_matching.vectors.table import Table, read_table
from numpy.typing import NDArray
from onet import alternate_titles, held_out_titles, occupations

FOLDER = Path(__file__).parent.parent / "src/blacklight_matching/vectors/data"
SEED = 20261123
TEMPERATURE = 0.04
ROUNDS = 2
BATCH = 1024
STEP = 3e-3

Floats = NDArray[np.float32]


def known_titles(onet: Path, left_out: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Codes of each known title: the alternate titles and the occupations' own names."""
    alternates = alternate_titles(onet, left_out)
    codes: dict[str, dict[str, None]] = {}
    for code, (name, _) in occupations(onet).items():
        for title in [*alternates.get(code, ()), name]:
            if title.casefold() not in left_out:
                codes.setdefault(title, {})[code] = None
    return {title: list(found) for title, found in codes.items()}


def fit(titles: Mapping[str, Sequence[str]], codes: Sequence[str], tables: Table) -> NDArray[np.int16]:
    """Prototypes of `codes` as whole numbers."""
    place = {code: i for i, code in enumerate(codes)}
    vectors = unit_vectors([expand_short_forms(title) for title in titles], tables).astype(np.float32)
    wanted = np.zeros((len(vectors), len(codes)), dtype=np.float32)
    for line, found in enumerate(titles.values()):
        wanted[line, [place[code] for code in found]] = 1 / len(found)
    prototypes = _unit((wanted > 0).astype(np.float32).T @ vectors)
    first, second = np.zeros_like(prototypes), np.zeros_like(prototypes)
    generator, step = np.random.default_rng(SEED), 0
    for _ in range(ROUNDS):
        order = generator.permutation(len(vectors))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            step += 1
            slope = _slope(prototypes, vectors[chosen], wanted[chosen])
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * np.square(slope)
            move = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            prototypes = _unit(prototypes - STEP * move)
    return quantise(prototypes.astype(np.float64))


def _slope(prototypes: Floats, vectors: Floats, wanted: Floats) -> Floats:
    """Slope of the mean cross-entropy along the sphere."""
    logits = vectors @ prototypes.T / TEMPERATURE
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    slope = (likely - wanted).T @ vectors / (TEMPERATURE * len(vectors))
    return np.asarray(slope - (slope * prototypes).sum(axis=1, keepdims=True) * prototypes)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--onet", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--without-held-out", action="store_true")
    options = parser.parse_args()
    left_out = held_out_titles(options.onet) if options.without_held_out else frozenset()
    codes = list(occupations(options.onet))
    prototypes = fit(known_titles(options.onet, left_out), codes, read_table(options.folder))
    np.save(options.folder / "prototypes.npy", prototypes)
    description = json.loads((options.folder / "table.json").read_text(encoding="utf-8"))
    description["codes"] = codes
    (options.folder / "table.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
