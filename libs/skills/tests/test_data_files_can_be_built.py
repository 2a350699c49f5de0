"""The committed data files are what the tools make of their sources, where the sources are at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]
DATA = PACKAGE.parents[2] / "shared" / "data"
COMMITTED = PACKAGE / "src/blacklight_skills/data"

needs_sources = pytest.mark.skipif(not DATA.is_dir(), reason="the sources of the taxonomy are not beside the project")


def build(tool: str, *arguments: str) -> None:
    subprocess.run([sys.executable, str(PACKAGE / "tools" / tool), *arguments], check=True, timeout=300)


@needs_sources
def test_the_taxonomy_is_what_its_tool_makes(tmp_path: Path) -> None:
    target = tmp_path / "taxonomy.tsv"
    sources = ["--aliases", str(DATA / "tech_aliases"), "--onet", str(DATA / "onet_27")]
    build("build_taxonomy.py", *sources, "--esco", str(DATA / "esco_skills_flat"), "--target", str(target))
    assert target.read_bytes() == (COMMITTED / "taxonomy.tsv").read_bytes()


@needs_sources
def test_the_words_of_phrases_are_what_their_tool_makes(tmp_path: Path) -> None:
    build("build_phrases.py", "--data", str(DATA), "--words-only", "--target", str(tmp_path))
    assert (tmp_path / "phrase_words.tsv").read_bytes() == (COMMITTED / "phrase_words.tsv").read_bytes()


def test_every_weight_is_a_whole_number_that_matters() -> None:
    rows = (COMMITTED / "phrase_weights.tsv").read_text(encoding="utf-8").splitlines()[1:]
    weights = dict(row.rsplit("\t", 1) for row in rows)
    assert len(weights) == len(rows)
    assert all(abs(int(weight)) >= 3 for weight in weights.values())
