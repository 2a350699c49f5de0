"""Every known fault of scraper and matching has a guard or a reason (target R13), and the page says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from blacklight_testkit.faults import BadGuard, Guard, collect, guards
from blacklight_testkit.faults_run import chosen

from tests.faults.catalogue import CANNOT_COME_BACK, FAULTS
from tests.faults.page import missing, page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found() -> list[Guard]:
    return collect(ROOT)


def test_every_fault_has_a_guard_or_a_reason(found: list[Guard]) -> None:
    assert missing(found) == []


def test_no_fault_has_both_a_guard_and_a_reason_why_it_needs_none(found: list[Guard]) -> None:
    assert {guard.fault for guard in found} & set(CANNOT_COME_BACK) == set()


def test_the_page_tells_every_fault_and_its_guards(found: list[Guard]) -> None:
    fresh = ".venv/bin/python -m tests.faults.page > docs/faults.md"
    assert (ROOT / "docs/faults.md").read_text() == page(found), f"docs/faults.md is stale: {fresh}"


def test_what_a_guard_changes_is_there_once(found: list[Guard]) -> None:
    assert [guard for guard in found if (ROOT / guard.file).read_text().count(guard.old) != 1] == []


def test_every_fault_of_the_catalogue_is_one_of_the_spec() -> None:
    of_fleet = [f"F-{number:02}" for number in range(1, 31)]
    of_scraper = {15, 16, 21, *range(31, 46), 94}
    of_matching = {4, 5, 19, 36, 37, 43, *range(46, 51), *range(63, 71), *range(74, 93), 95, 100, 101, 119}
    assert [*FAULTS] == [*(f"P-{number:02}" for number in sorted(of_scraper | of_matching)), *of_fleet]
    assert set(CANNOT_COME_BACK) <= set(FAULTS)


def test_a_guard_must_name_its_fault_and_change_something() -> None:
    def test_p31_it_holds() -> None: ...

    def test_p310_it_holds() -> None: ...

    guards("P-31", file="a.py", old="x", new="")(test_p31_it_holds)
    with pytest.raises(BadGuard):
        guards("P-31", file="a.py", old="x", new="")(test_p310_it_holds)
    with pytest.raises(BadGuard):
        guards("P-31", file="a.py", old="x", new="x")(test_p31_it_holds)
    with pytest.raises(BadGuard):
        guards("31", file="a.py", old="x", new="")(test_p31_it_holds)


def test_guards_are_found_in_modules_and_classes(tmp_path: Path) -> None:
    test = tmp_path / "services/x/tests/test_faults_x.py"
    test.parent.mkdir(parents=True)
    test.write_text(
        'FILE = "f"\n'
        '@guards("P-31", file=FILE, old="a" "b", new="")\n@guards("F-01", file="f", old="c", new="")\n'
        "def test_p31_f01_one(): ...\n"
        'class TestIt:\n    @guards("F-08", file="f", old="a", new="")\n    async def test_f08_two(self): ...\n'
    )
    assert [(guard.fault, guard.file, guard.old, guard.node.partition("::")[2]) for guard in collect(tmp_path)] == [
        ("P-31", "f", "ab", "test_p31_f01_one"),
        ("F-01", "f", "c", "test_p31_f01_one"),
        ("F-08", "f", "a", "TestIt::test_f08_two"),
    ]


def test_a_guard_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    test = tmp_path / "tests/test_faults_x.py"
    test.parent.mkdir(parents=True)
    test.write_text('@guards("P-31", file=FILE, old="a", new="")\ndef test_p31_one(): ...\n')
    with pytest.raises(BadGuard, match=r"tests/test_faults_x\.py:1"):
        collect(tmp_path)


def test_a_commit_always_draws_the_same_faults() -> None:
    every = [Guard(f"P-{number}", "f", "a", "", "t.py", f"test_p{number}_x") for number in range(10, 60)]
    drawn = [guard.fault for guard in chosen(every, "", 10, "1c2fbf1")]
    assert drawn == [guard.fault for guard in chosen(every, "", 10, "1c2fbf1")]
    assert len(set(drawn)) == 10
    assert drawn != [guard.fault for guard in chosen(every, "", 10, "e0786ae")]


def test_a_fault_without_a_guard_is_told() -> None:
    with pytest.raises(BadGuard, match="P-99"):
        chosen([], "P-99", 0, "")
