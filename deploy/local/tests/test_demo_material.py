"""What the demo takes, what it refuses, and whether its checks can fail."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from blacklight_local.demo import checks, material
from blacklight_local.demo.command import OWN_DATA
from blacklight_local.demo.material import BadMaterial, Expected, Material, Person

LINE = {
    "key": "a",
    "platform": "dice",
    "title": "Welder",
    "company": "Arc",
    "description": "Weld pipes.",
    "url": "https://dice.example/a",
    "posted_days_ago": 3,
    "role_hint": "Welder",
}


def _write(folder: Path, rows: list[str]) -> Path:
    (folder / "cv").mkdir()
    (folder / "cv/someone.pdf").write_bytes(b"%PDF")
    file = folder / "postings.jsonl"
    file.write_text("\n".join(rows))
    return file


def test_finds_its_own_data_and_what_is_expected_of_it() -> None:
    work = material.own(OWN_DATA)
    assert len(work.resumes) >= 20
    assert len(work.postings) >= 300
    assert len(work.expected.people) == 6
    names = {file.name for file in work.resumes}
    assert {person.resume for person in work.expected.people} <= names


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "holds no posting"),
        (["{"], "line 1: not a JSON object"),
        ([json.dumps({**LINE, "title": ""})], "line 1: title is missing"),
        ([json.dumps(LINE), json.dumps({"platform": "dice"})], "line 2: title is missing"),
    ],
)
def test_names_the_line_and_the_field_of_a_bad_postings_file(tmp_path: Path, rows: list[str], said: str) -> None:
    file = _write(tmp_path, rows)
    with pytest.raises(BadMaterial, match=said):
        material.given(tmp_path / "cv", file)


def test_refuses_a_folder_without_resumes(tmp_path: Path) -> None:
    file = _write(tmp_path, [json.dumps(LINE)])
    with pytest.raises(BadMaterial, match=r"no \.pdf or \.docx"):
        material.given(tmp_path, file)


def test_sends_what_a_board_would_and_none_of_its_own_marks(tmp_path: Path) -> None:
    file = _write(tmp_path, [json.dumps(LINE)])
    work = material.given(tmp_path / "cv", file)
    work.write_feed(tmp_path / "feed.jsonl", date(2026, 3, 10), ["Welder"])
    sent = json.loads((tmp_path / "feed.jsonl").read_text())
    assert sent["posted_date"] == "2026-03-07"
    assert not set(material.MARKS) & set(sent)


def _work(*lines: dict[str, Any], people: tuple[Person, ...] = ()) -> Material:
    return Material([], lines, Expected(people=people, distinct=[("a", "b")]))


def _line(key: str, **more: Any) -> dict[str, Any]:
    return {**LINE, "key": key, "url": f"https://dice.example/{key}", **more}


def _stored(*keys: str) -> list[dict[str, Any]]:
    return [{"url": f"https://dice.example/{key}", "posting_id": f"id-{key}"} for key in keys]


def test_counts_a_recognised_duplicate_and_tells_of_one_that_stands_alone() -> None:
    work = _work(_line("a"), _line("d", duplicate_of="a"))
    problems: list[str] = []
    assert checks.recognised_duplicates(work, _stored("a"), problems) == 1
    assert checks.recognised_duplicates(work, _stored("d"), problems) == 1, "whichever came first"
    assert problems == []
    assert checks.recognised_duplicates(work, _stored("a", "d"), problems) == 0
    assert len(problems) == 1


def test_tells_of_openings_that_were_merged() -> None:
    problems: list[str] = []
    checks.check_distinct(_work(_line("a"), _line("b")), _stored("a"), problems)
    assert problems == ["b was merged with another opening"]


def test_tells_who_misses_a_posting_and_who_has_a_wrong_one() -> None:
    person = Person("ann.pdf", "Ann", in_top_5="a", not_in_top_50="b")
    work = _work(_line("a"), _line("b"), people=(person,))
    good: list[str] = []
    checks.check_people(work, {"ann.pdf": [{"posting_id": "id-a"}]}, _stored("a", "b"), good)
    assert good == []
    bad: list[str] = []
    checks.check_people(work, {"ann.pdf": [{"posting_id": "id-b"}]}, _stored("a", "b"), bad)
    assert len(bad) == 2


def test_gives_each_line_without_a_role_one_role_to_be_found_by(tmp_path: Path) -> None:
    rows = [json.dumps({**LINE, "role_hint": None, "title": title}) for title in ("Senior Welder", "Cook", "Baker")]
    work = material.given(tmp_path / "cv", _write(tmp_path, rows))
    work.write_feed(tmp_path / "feed.jsonl", date(2026, 3, 10), ["Accountant", "Welder"])
    hints = [json.loads(row)["role_hint"] for row in (tmp_path / "feed.jsonl").read_text().splitlines()]
    assert hints == ["Welder", "Welder", "Accountant"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**LINE, "posted_days_ago": "x"}, "posted_days_ago must be a whole number"),
        ({**LINE, "key": ["a"]}, "key must be text"),
        ({**LINE, "title": 7}, "title must be text"),
    ],
)
def test_names_a_field_of_the_wrong_kind(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(BadMaterial, match=said):
        material.given(tmp_path / "cv", _write(tmp_path, [json.dumps(row)]))


def test_reads_a_line_with_any_unicode_separator_and_refuses_another_encoding(tmp_path: Path) -> None:
    file = _write(tmp_path, [json.dumps({**LINE, "description": "one\u2028two\x85three"}, ensure_ascii=False)])
    assert len(material.given(tmp_path / "cv", file).postings) == 1
    file.write_bytes(json.dumps({**LINE, "title": "Jos\u00e9"}, ensure_ascii=False).encode("latin-1"))
    with pytest.raises(BadMaterial, match="not UTF-8"):
        material.given(tmp_path / "cv", file)
