"""`make bench`: measures and prints a line per figure; `--only S2,Q1` picks lines.

Each line is a module with `run(root) -> list[str]`; the module's docstring says what is measured and against
what. Data beside the project (`../shared/data`) is used when it is there.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = {
    "Q1": "tests.load.bench_q1",
    "Q2": "tests.load.bench_q2",
    "Q3": "tests.load.bench_q3",
    "Q4": "tests.load.bench_q4",
    "Q4M": "tests.load.bench_q4m",
    "Q5": "tests.load.bench_q5",
    "Q6": "tests.load.bench_q6",
    "Q8": "tests.load.bench_q8",
    "S2": "tests.load.bench_s2",
    "S3": "tests.load.bench_s3",
    "S4": "tests.load.bench_s4",
    "S5": "tests.load.bench_s5",
    "S6": "tests.load.bench_s6",
    "S7": "tests.load.bench_s7",
    "S9": "tests.load.bench_s9",
}


def main(arguments: list[str]) -> int:
    """Prints the lines asked for; the status is 1 when a measurement could not be made."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="", help="lines, separated by commas")
    chosen = [name.strip().upper() for name in parser.parse_args(arguments).only.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in LINES]
    if unknown:
        parser.error(f"no line {unknown[0]}; there are {', '.join(LINES)}")
    broken = 0
    for name in chosen or LINES:
        try:
            for line in importlib.import_module(LINES[name]).run(ROOT):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except Exception:  # noqa: BLE001 - a broken measurement is told, and the others are still made
            broken += 1
            traceback.print_exc()
            sys.stdout.write(f"{name} could not be measured; see above\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
