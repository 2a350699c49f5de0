"""The demo's résumés, postings and expectations keep what the demo promises of them."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parent.parent / "demo"
BOARDS = {"linkedin", "monster", "indeed", "dice", "glassdoor", "techfetch"}
THIRD_PARTY_PEOPLE = 6
"""Distinct people of the seven third-party files; two show the same person, once without contact data."""


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def postings() -> list[dict[str, Any]]:
    return read_jsonl(DEMO / "postings.jsonl")


@pytest.fixture(scope="module")
def originals(postings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in postings if "duplicate_of" not in row]


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DEMO / "expected.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DEMO / "sources").glob("*.json"))]


def five_word_sequences(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_at_least_twenty_people_come_as_pdf_and_docx_in_five_layouts(people: list[dict[str, Any]]) -> None:
    assert len({person["email"] for person in people}) + THIRD_PARTY_PEOPLE >= 20
    assert len({person["layout"] for person in people}) >= 5
    endings = [Path(person["file"]).suffix for person in people]
    assert endings.count(".pdf") >= 9
    assert endings.count(".docx") >= 6
    assert len(list((DEMO / "resumes").iterdir())) == len(people) + 7


def test_every_rendered_resume_is_the_one_its_source_gave(people: list[dict[str, Any]]) -> None:
    manifest = json.loads((DEMO / "rendered.json").read_text(encoding="utf-8"))
    assert set(manifest) == {person["file"] for person in people}
    for file, row in manifest.items():
        source, rendered = DEMO / "sources" / row["source"], DEMO / "resumes" / file
        assert hashlib.sha256(source.read_bytes()).hexdigest() == row["source_sha256"], f"render {file} again"
        assert hashlib.sha256(rendered.read_bytes()).hexdigest() == row["rendered_sha256"], f"{file} was changed"


def test_written_people_have_only_reserved_addresses_and_numbers(people: list[dict[str, Any]]) -> None:
    for person in people:
        domain = person["email"].partition("@")[2]
        assert domain == "example.com" or domain.endswith(".example"), person["email"]
        assert re.fullmatch(r"\([2-9]\d\d\) 555-01\d\d", person["phone"]), person["phone"]


def test_postings_hold_no_real_address_or_number(postings: list[dict[str, Any]]) -> None:
    for row in postings:
        for host in re.findall(r"(?:https?://|@)([\w.-]+)", f"{row['url']} {row['description']}".lower()):
            assert host.endswith(".example"), f"{row['key']}: {host}"
        assert not re.search(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}", row["description"]), row["key"]


def test_three_hundred_postings_come_in_six_boards_manners(originals: list[dict[str, Any]]) -> None:
    assert len(originals) >= 330
    boards = [row["platform"] for row in originals]
    assert set(boards) == BOARDS
    assert min(boards.count(board) for board in BOARDS) >= 30
    assert any(row["platform_job_id"] is None for row in originals)


def test_twelve_occupations_fit_the_bench_and_a_third_of_the_postings_nobody(
    originals: list[dict[str, Any]], expected: dict[str, Any]
) -> None:
    roles = [row["role_hint"] for row in originals if not row["stray"]]
    assert set(roles) <= set(expected["roles"])
    assert sum(roles.count(role) >= 8 for role in set(roles)) >= 12
    strays = [row for row in originals if row["stray"]]
    assert not {row["role_hint"] for row in strays} & set(expected["roles"])
    assert 0.28 <= len(strays) / len(originals) <= 0.4


def test_every_written_consultants_title_names_a_role_with_postings(
    people: list[dict[str, Any]], originals: list[dict[str, Any]]
) -> None:
    roles = {row["role_hint"] for row in originals if not row["stray"]}
    for person in people:
        assert re.sub(r"^(Senior|Sr\.|Lead) ", "", person["title"]) in roles, person["title"]


def test_keys_are_unique_and_every_duplicate_follows_its_original(postings: list[dict[str, Any]]) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for row in postings:
        assert row["key"] not in seen
        if "duplicate_of" in row:
            assert "duplicate_of" not in seen[row["duplicate_of"]]
        seen[row["key"]] = row


def test_duplicates_of_every_kind_are_planted(postings: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    by_key = {row["key"]: row for row in postings}
    pairs = [(row, by_key[row["duplicate_of"]]) for row in postings if "duplicate_of" in row]
    assert expected["duplicates"] == [row["key"] for row, _ in pairs]
    same_id = [
        row
        for row, first in pairs
        if row["platform_job_id"]
        and (row["platform"], row["platform_job_id"]) == (first["platform"], first["platform_job_id"])
    ]
    no_id = [
        row
        for row, first in pairs
        if row["platform_job_id"] is None and first["platform_job_id"] is None and row["platform"] == first["platform"]
    ]
    assert len(same_id) >= 4
    assert len(no_id) >= 2
    assert len(pairs) - len(same_id) - len(no_id) >= 8
    assert any(row["description"].startswith("<div") for row, _ in pairs)
    assert any(row["description"].isupper() for row, _ in pairs)


def test_no_two_originals_share_an_id(originals: list[dict[str, Any]]) -> None:
    ids = [(row["platform"], row["platform_job_id"]) for row in originals if row["platform_job_id"]]
    assert len(ids) == len(set(ids))


def test_no_two_originals_share_more_than_half_of_their_five_word_sequences(
    originals: list[dict[str, Any]],
) -> None:
    sequences = [(row["key"], row["description"], five_word_sequences(row["description"])) for row in originals]
    for (one, text, left), (other, other_text, right) in itertools.combinations(sequences, 2):
        assert text != other_text, (one, other)
        if min(len(text.split()), len(other_text.split())) >= 12:
            assert len(left & right) <= 0.5 * min(len(left), len(right)), (one, other)


def test_the_sequence_count_would_notice_a_copy(originals: list[dict[str, Any]]) -> None:
    text = originals[0]["description"]
    left, right = five_word_sequences(text), five_word_sequences(f"Apply today. {text.upper()}")
    assert len(left & right) > 0.5 * min(len(left), len(right))


def test_some_postings_are_thin_and_some_hostile(originals: list[dict[str, Any]]) -> None:
    assert sum(len(row["description"].split()) < 20 for row in originals) >= 10
    hostile = [row["description"] for row in originals if row.get("hostile")]
    assert len(hostile) >= 12
    assert any(len(text) >= 20_000 for text in hostile)
    for sign in ("<script>", "Ignore previous instructions", "\u202e", "🚀", "\t\t"):
        assert any(sign in text for text in hostile), sign


def test_expectations_name_existing_people_and_postings(
    expected: dict[str, Any], postings: list[dict[str, Any]], people: list[dict[str, Any]]
) -> None:
    by_key = {row["key"]: row for row in postings}
    files = {person["file"]: person for person in people}
    assert len(expected["people"]) >= 6
    for row in expected["people"]:
        assert files[row["resume"]]["email"] == row["email"]
        assert by_key[row["must_be_in_top_5"]]["role_hint"] == row["role"]
        assert by_key[row["must_not_be_in_top_50"]]["role_hint"] != row["role"]
    emails = {person["email"] for person in people}
    assert len(expected["report"]) == 3
    assert set(expected["report"]) <= emails
    assert expected["explained"]["email"] in emails
    assert expected["explained"]["posting"] in by_key
    assert all(one in by_key and other in by_key for one, other in expected["distinct"])


def test_the_expected_posting_names_most_of_the_persons_skills(
    expected: dict[str, Any], originals: list[dict[str, Any]], people: list[dict[str, Any]]
) -> None:
    files = {person["file"]: person for person in people}
    for row in expected["people"]:
        skills = [skill for group in files[row["resume"]]["skills"] for skill in group["items"]]
        named = {
            posting["key"]: sum(skill.lower() in posting["description"].lower() for skill in skills)
            for posting in originals
            if posting["role_hint"] == row["role"]
        }
        assert max(named, key=lambda key: named[key]) == row["must_be_in_top_5"], named


def test_writing_the_postings_again_changes_nothing(tmp_path: Path) -> None:
    for name in ("postings", "sources"):
        (tmp_path / name).symlink_to(DEMO / name)
    for module in DEMO.glob("*.py"):
        (tmp_path / module.name).write_bytes(module.read_bytes())
    subprocess.run([sys.executable, str(tmp_path / "write_postings.py")], check=True, timeout=120)
    for name in ("postings.jsonl", "expected.json"):
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes(), f"write {name} again"
