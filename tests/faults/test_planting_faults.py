"""What counts as red: a test that fails, in the copy, for a change that is there to be made (house style, 21)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from blacklight_testkit.faults import Guard
from blacklight_testkit.faults_copy import Copy, copied
from blacklight_testkit.faults_run import plant

ROOT = Path(__file__).resolve().parents[2]
RULE = "libs/skills/src/blacklight_skills/planted.py"
TEST = "tests/faults/test_planted.py"
TESTS = """
import subprocess, sys
import pytest

def limit():
    from blacklight_skills.planted import LIMIT
    return LIMIT

@pytest.fixture
def prepared():
    assert limit() == 1

def test_p01_it_holds():
    assert limit() == 1

def test_p01_it_holds_in_a_process_with_a_bare_environment():
    code = "from blacklight_skills.planted import LIMIT; print(LIMIT)"
    assert subprocess.check_output([sys.executable, "-c", code], env={}, cwd="/") == b"1\\n"

def test_p01_it_looks_elsewhere():
    limit()

def test_p01_its_preparation_fails(prepared):
    pass
"""


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    with copied(ROOT) as made:
        (made.root / RULE).write_text("LIMIT = 1\n")
        (made.root / TEST).write_text(TESTS)
        yield made
    assert not made.root.exists()


def guard(test: str, old: str = "LIMIT = 1", new: str = "LIMIT = 2", file: str = RULE) -> Guard:
    return Guard("P-01", file, old, new, TEST, test)


@pytest.mark.parametrize("test", ["test_p01_it_holds", "test_p01_it_holds_in_a_process_with_a_bare_environment"])
def test_a_test_that_fails_is_red(copy: Copy, capsys: pytest.CaptureFixture[str], test: str) -> None:
    assert plant(copy, [guard(test)])
    assert capsys.readouterr().out == f"P-01 red: {test} (planted.py: 'LIMIT = 1' becomes 'LIMIT = 2')\n"
    assert (copy.root / RULE).read_text() == "LIMIT = 1\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (guard("test_p01_it_looks_elsewhere"), "stays green"),
        (guard("test_p01_its_preparation_fails"), "did not run to its end"),
        (guard("test_p01_it_is_not_there"), "did not run to its end"),
        (guard("test_p01_it_holds", new="LIMIT = one"), "is no program: NameError"),
        (guard("test_p01_it_holds", new="LOW = 1"), "is no program: ImportError"),
        (guard("test_p01_it_holds", new="LIMIT = ("), "is no Python"),
        (guard("test_p01_it_holds", old="LIMIT = 3"), "occurs 0 times"),
        (guard("test_p01_it_holds", old="I"), "occurs 2 times"),
        (guard("test_p01_it_holds", file="libs/nothing.py"), "there is no libs/nothing.py"),
    ],
)
def test_anything_else_is_not(copy: Copy, capsys: pytest.CaptureFixture[str], given: Guard, said: str) -> None:
    assert not plant(copy, [given])
    assert "P-01 NOT RED: " in (told := capsys.readouterr().out)
    assert said in told


def test_the_project_itself_is_left_alone(copy: Copy) -> None:
    code = "import blacklight_skills, json, sys; print(json.dumps([blacklight_skills.__file__, sys.prefix]))"
    for python, root in ((copy.python, copy.root), (sys.executable, ROOT)):
        file, prefix = json.loads(subprocess.check_output([python, "-c", code], cwd="/"))
        assert Path(file).is_relative_to(root)
        assert Path(prefix).is_relative_to(root)
    assert not (ROOT / RULE).exists()
