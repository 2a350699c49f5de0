"""`make chaos`: breaks things on purpose and prints a line per figure; `--only R1,R7` picks lines.

Each line is a module with `run(root) -> list[str]`; the module's docstring says what is broken and what is looked at.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from pathlib import Path

# What breaks on purpose is no news; processes are started while connections are open.
QUIET = {"GRPC_VERBOSITY": "NONE", "GRPC_ENABLE_FORK_SUPPORT": "0"}
ROOT = Path(__file__).resolve().parents[2]
LINES = {
    "R1": "tests.chaos.r1",
    "R2": "tests.chaos.leases",
    "R7": "tests.chaos.r7",
}


def main(arguments: list[str]) -> int:
    """Prints the lines asked for; the status is 1 when one is short or could not be made."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--only", default="", help="lines, separated by commas")
    chosen = [name.strip().upper() for name in parser.parse_args(arguments).only.split(",") if name.strip()]
    if unknown := [name for name in chosen if name not in LINES]:
        parser.error(f"no line {unknown[0]}; there are {', '.join(LINES)}")
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    return 1 if sum([_broken(name) for name in chosen or LINES]) else 0


def _broken(name: str) -> bool:
    try:
        lines = importlib.import_module(LINES[name]).run(ROOT)
    except Exception:  # noqa: BLE001 - a line that cannot be made is told, and the others are still made
        traceback.print_exc()
        lines = [f"{name} could not be made; see above"]
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return not all(line.endswith(" met") for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
