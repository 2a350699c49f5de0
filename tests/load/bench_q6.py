"""Q6: the same scores to the last byte, whatever the process: 10,000 pairs of real texts, read and scored anew in each.

Three processes with other hash seeds, other numbers of BLAS threads and other sizes of blocks read 100 résumés and 100
postings made of O*NET (see `q6_scores`), embed them, score every pair and write scores, parts, matched skills,
explanations and filters. Ours is how many different outputs there are; one is right. No baseline was run: the figure
beside it is a published complaint about a scorer that is a language model (42 and 75 for one résumé).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.load.figures import Figure, verdict

PAIRS = 10_000
RUNS = (("0", "1", "100"), ("7", "2", "33"), ("4242", "1", "7"))
"""Hash seed, BLAS threads, résumés in a block."""


def run(root: Path = Path(".")) -> list[str]:
    """One line."""
    digests = []
    for seed, threads, block in RUNS:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads}
        environment |= {f"{name}_NUM_THREADS": threads for name in ("OPENBLAS", "OMP", "MKL")}
        command = [sys.executable, "-m", "tests.load.q6_scores", block]
        done = subprocess.run(command, cwd=root.resolve(), env=environment, capture_output=True, check=True)
        assert len(done.stdout) > PAIRS
        digests.append(hashlib.sha256(done.stdout).hexdigest())
    different = len(set(digests))
    figure = Figure(
        "Q6",
        f"{different} different output{'s' if different > 1 else ''} of {len(RUNS)} processes, {PAIRS} pairs, "
        f"sha256 {digests[0][:12]}",
        "language model as scorer: 42 and 75 for one résumé (published)",
        "-",
        "identical bytes",
        1.0,
        verdict(different == 1),
    )
    return [str(figure)]


if __name__ == "__main__":
    sys.stdout.write("\n".join(run(Path(__file__).resolve().parents[2])) + "\n")
