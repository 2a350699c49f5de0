"""Q2: job title → O*NET occupation, for titles that nothing has seen.

A fifth of the distinct alternate titles of O*NET 27.0 (seed 20261123, by title, in lower case) is taken out of the
table of known titles, and the vectors and prototypes measured here were built without them: `data/q2_held_out.npz`, by
`services/matching/tools/build_vectors.py --without-held-out`, `build_prototypes.py --without-held-out` and
`build_held_out.py`. Everything else is the product's own look-up (`blacklight_matching.occupations`). A title of
several occupations counts as found with any of them.

  @1, @5    share of held-out titles whose first, or one of whose first five occupations is right
  computer  @1 of titles with a 15-xxxx occupation
  unseen    @1 of the third that no choice was made on (the other two thirds chose powers and weights)
  sure      share marked sure (`OccupationIndex.find`), and how many of those are right
Baselines in the same run over the same known titles: TF-IDF of characters and BM25 of words, each by the vote of the
10 nearest, likeness ** 8. Intervals are 95 % bootstrap over titles.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from blacklight_matching.occupations import OccupationIndex
from blacklight_matching.occupations.known_titles import KnownTitles, known_lines, known_titles
from blacklight_matching.occupations.lookup import NEAR_FROM, SURE_FROM
from blacklight_matching.vectors.table import Table, table
from numpy.typing import NDArray
from scipy import sparse

from tests.load.figures import Figure, verdict
from tests.load.lexical import bm25, characters, tfidf

HELD_OUT = Path(__file__).parent / "data" / "q2_held_out.npz"
HELD_OUT_SHARE = 0.2
RESAMPLES = 2_000
TARGETS = {"@1": 0.54, "@5": 0.79, "computer": 0.65}

Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Task:
    """Held-out titles as O*NET writes them, the codes that are right for each, and what is still known."""

    titles: Sequence[str]
    right: Sequence[frozenset[str]]
    known: KnownTitles


def held_out_task(lines: Sequence[Sequence[str]], seed: int) -> Task:
    """Draws the held-out titles; the same rule as `services/matching/tools/onet.py`."""
    codes: dict[str, set[str]] = defaultdict(set)
    written: dict[str, str] = {}
    for code, _, *alternates in lines:
        for title in alternates:
            codes[title.casefold()].add(code)
            written.setdefault(title.casefold(), title)
    drawn = sorted(codes)
    random.Random(seed).shuffle(drawn)
    drawn = drawn[: round(len(drawn) * HELD_OUT_SHARE)]
    known = known_titles(lines, frozenset(drawn))
    return Task([written[title] for title in drawn], [frozenset(codes[title]) for title in drawn], known)


def tables_without(path: Path) -> tuple[Table, int]:
    """The product's tables with rows and prototypes that never saw the held-out titles, and the seed."""
    packed = np.load(path, allow_pickle=False)
    own = table()
    rows, weights = np.zeros_like(own.rows), np.zeros_like(own.weights)
    rows[packed["pieces"]] = packed["rows"]
    weights[packed["pieces"]] = packed["weights"]
    tables = dataclasses.replace(own, rows=rows, weights=weights, prototypes=packed["prototypes"], name="held-out")
    return tables, int(packed["seed"])


def right_of(scores: NDArray[np.float64], codes: Sequence[str], task: Task) -> Right:
    """Whether each of the first five occupations is right, shape (titles, 5); equals by order of the codes."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    pairs = zip(order, task.right, strict=True)
    return np.array([[codes[place] in right for place in row] for row, right in pairs])


def vote(likeness: sparse.csr_matrix, known: KnownTitles, codes: Sequence[str]) -> NDArray[np.float64]:
    """Votes of the 10 nearest known titles, likeness ** 8, shared among a title's codes."""
    place = {code: i for i, code in enumerate(codes)}
    owners = [[place[code] for code in found] for found in known.codes.values()]
    votes = np.zeros((likeness.shape[0], len(codes)))
    for line in range(likeness.shape[0]):
        cells = slice(likeness.indptr[line], likeness.indptr[line + 1])
        alike, near = likeness.data[cells], likeness.indices[cells]
        for one in np.lexsort((near, -alike))[:10]:
            votes[line, owners[near[one]]] += alike[one] ** 8 / len(owners[near[one]])
    return votes


def run(root: Path = Path(".")) -> list[str]:
    """Measure and give the line."""
    tables, seed = tables_without(HELD_OUT)
    task = held_out_task(known_lines(), seed)
    index = OccupationIndex(task.known, tables)
    index.scores(task.titles[:1])
    began = time.perf_counter()
    parts = [index.scores(task.titles[start : start + 256]) for start in range(0, len(task.titles), 256)]
    rate = len(task.titles) / (time.perf_counter() - began)
    scores = np.concatenate([part[0] for part in parts])
    nearest = np.concatenate([part[1] for part in parts])
    ours = right_of(scores.astype(np.float64), tables.codes, task)
    peers = {
        "TF-IDF": right_of(vote(tfidf(task.titles, list(task.known.codes), characters), task.known, tables.codes),
                           tables.codes, task),
        "BM25": right_of(vote(bm25(task.titles, list(task.known.codes)), task.known, tables.codes), tables.codes, task),
    }  # fmt: skip
    sure = (nearest >= NEAR_FROM) & (scores.max(axis=1) >= SURE_FROM)
    return [line(task, ours, sure, peers, rate, seed)]


def line(task: Task, ours: Right, sure: Right, peers: dict[str, Right], rate: float, seed: int) -> str:
    """The line of one run."""
    computer = np.array([any(code.startswith("15-") for code in codes) for codes in task.right])
    unseen = np.array([random.Random(title.casefold()).random() >= 2 / 3 for title in task.titles])
    figures = {"@1": ours[:, 0], "@5": ours.any(axis=1), "computer": ours[computer, 0]}
    told = " ".join(f"{name} {interval(values, seed)}" for name, values in figures.items())
    met = all(figures[name].mean() >= target for name, target in TARGETS.items())
    best = max(peer[:, 0].mean() for peer in peers.values())
    return str(
        Figure(
            "Q2",
            f"{told} unseen {interval(ours[unseen, 0], seed)} sure {sure.mean():.2f}, right of those "
            f"{ours[sure, 0].mean():.2f} n={len(task.titles)}/{int(computer.sum())} seed={seed} "
            f"{rate:,.0f} titles/s",
            ", ".join(f"{name} @1 {peer[:, 0].mean():.3f} @5 {peer.any(axis=1).mean():.3f} computer "
                      f"{peer[computer, 0].mean():.3f}" for name, peer in peers.items()),
            f"{ours[:, 0].mean() / best:.2f}x",
            " ".join(f"{name} {target:.2f}" for name, target in TARGETS.items()),
            1.0,
            verdict(met),
        )
    )  # fmt: skip


def interval(values: Right, seed: int) -> str:
    """Mean with its 95 % bootstrap interval."""
    draws = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)), dtype=np.int32)
    low, high = np.quantile(values[draws].mean(axis=1), (0.025, 0.975))
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    print("\n".join(run()))  # noqa: T201
