"""S9: `make demo` once everything is set up: seconds to the first ranked match, seconds in all, and idle memory.

The idle stack is measured by `blacklight status` five seconds after `blacklight up`. There is no baseline: the limits
are absolute and hold at calibration 1.0.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

SECONDS = 60.0
MEGABYTES = 1000.0
FIRST = re.compile(r"^demo ok: .* first match after ([\d.]+) s$", re.MULTILINE)


def _blacklight(*arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "blacklight"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"blacklight {' '.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-2000:]}")
    return done.stdout


def idle_megabytes() -> float:
    """Proportional memory of the whole stack, idle."""
    with tempfile.TemporaryDirectory(prefix="bl-s9-") as folder:
        Path(folder).chmod(0o711)
        _blacklight("up", "--data", folder)
        try:
            time.sleep(5)
            rows = [line.split() for line in _blacklight("status", "--data", folder).splitlines()]
        finally:
            _blacklight("down", "--data", folder, "--purge")
    total = next(row for row in rows if row and row[0] == "all")
    return float(total[-1])


def run(root: Path) -> list[str]:
    """One line."""
    factor = calibration()
    memory = idle_megabytes()
    start = time.perf_counter()
    said = _blacklight("demo", "--once")
    whole = time.perf_counter() - start
    found = FIRST.search(said)
    if not found:
        raise RuntimeError(f"the demo said no first match: {said[-2000:]}")
    first = float(found[1])
    met = whole <= SECONDS * max(1.0, factor) and memory <= MEGABYTES
    figure = Figure(
        "S9",
        f"first match after {first:.1f} s, demo {whole:.1f} s, idle stack {memory:.0f} MB",
        "none",
        "-",
        f"≤ {SECONDS:.0f} s, idle ≤ {MEGABYTES / 1000:.0f} GB",
        factor,
        verdict(met),
    )
    return [str(figure)]
