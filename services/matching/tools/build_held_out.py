"""Pack the tables built without the held-out titles for measuring Q2 where there is no torch.

    python build_held_out.py --onet DIR --folder DIR

`--folder` is what `build_vectors.py --without-held-out --target DIR` and `build_prototypes.py --without-held-out
--folder DIR` wrote. Kept are the rows of word pieces that occur in O*NET titles: the bench embeds nothing else.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from blacklight_matching.titles import expand_short_forms, title_core
from blacklight_matching.vectors.table import read_table
from build_prototypes import known_titles
from onet import HELD_OUT_SEED

TARGET = Path(__file__).parents[3] / "tests/load/data/q2_held_out.npz"


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--onet", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    tables = read_table(options.folder)
    texts = [form(title) for title in known_titles(options.onet) for form in (expand_short_forms, title_core)]
    cut = tables.tokenizer.encode_batch(texts, add_special_tokens=False)
    pieces = np.unique(np.concatenate([np.array(each.ids, dtype=np.int64) for each in cut]))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        TARGET,
        seed=np.array(HELD_OUT_SEED),
        pieces=pieces.astype(np.int32),
        rows=tables.rows[pieces],
        weights=tables.weights[pieces],
        prototypes=tables.prototypes,
    )


if __name__ == "__main__":
    main()
