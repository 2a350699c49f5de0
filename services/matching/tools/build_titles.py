"""Write the known titles of `blacklight_matching.occupations`: one line an occupation of O*NET 27.0 (CC BY 4.0).

    python build_titles.py --onet DIR

A line holds code, name and the alternate titles, separated by tabs; the file is compressed.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

from onet import alternate_titles, occupations

TARGET = Path(__file__).parent.parent / "src/blacklight_matching/occupations/data/titles.tsv.gz"


def main() -> None:
    """Write the file; the same input gives the same bytes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--onet", type=Path, required=True)
    onet = parser.parse_args().onet
    alternates = alternate_titles(onet)
    lines = ["\t".join([code, name, *alternates.get(code, ())]) for code, (name, _) in occupations(onet).items()]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
