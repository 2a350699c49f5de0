"""`blacklight fleet host`: what it needs before it connects."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blacklight_fleethost.commands import API_KEY_VARIABLE, fleet
from click.testing import CliRunner


def run(folder: Path, text: str, key: str) -> tuple[int, str]:
    path = folder / "postings.jsonl"
    path.write_text(text)
    arguments = ["host", "--gateway", "127.0.0.1:9", "--name", "h", "--jsonl", str(path), "--spool", str(folder / "s")]
    result = CliRunner().invoke(fleet, arguments, env={API_KEY_VARIABLE: key})
    return result.exit_code, result.output


def test_asks_for_the_key_by_its_variable(tmp_path: Path) -> None:
    code, said = run(tmp_path, "", "")
    assert code == 2
    assert API_KEY_VARIABLE in said


def test_names_the_line_it_cannot_read(tmp_path: Path) -> None:
    code, said = run(tmp_path, "nonsense\n", "blk_x")
    assert code == 2
    assert "line 1" in said


@pytest.mark.parametrize("module", ["sqlalchemy", "temporalio", "blacklight_servicekit", "psycopg2"])
def test_needs_no_database_and_no_service(module: str) -> None:
    import subprocess

    program = f"import blacklight_fleethost.commands, sys; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
