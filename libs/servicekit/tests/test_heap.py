"""Large blocks go back to the system once they are freed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from blacklight_servicekit import heap

# The first block that is freed raises glibc's limit; the others then lie among blocks that live on.
_PROGRAM = """
import psutil, sys
from blacklight_servicekit import heap
if sys.argv[1] == "bounded":
    heap.return_large_blocks()
block = bytearray(20_000_000)
del block
passing, kept = [], []
for _ in range(60):
    passing.append(b"x" * 1_000_000)
    kept.append(b"x" * 100_000)
del passing
print(psutil.Process().memory_info().rss)
"""


def _resident(mode: str) -> int:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, mode], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not heap.return_large_blocks(), reason="malloc of this system has no such setting")
def test_a_process_that_let_go_of_large_blocks_is_small_again() -> None:
    assert _resident("bounded") < _resident("as it is") - 30_000_000
