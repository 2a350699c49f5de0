"""The 66 rendered résumés of seven fictional people: fields, layouts, and nothing invented."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from blacklight_candidate.resumes.extraction import extract
from blacklight_candidate.resumes.parsing import ParsedResume, TaxonomySkills, parse

DATA = Path(__file__).resolve().parents[1] / "data" / "jsonresume"
FILES = sorted([*DATA.glob("pdf/*.pdf"), *DATA.glob("docx/*.docx")])


@cache
def parsed_file(path: Path) -> ParsedResume:
    return parse(extract(path.read_bytes()), skills=TaxonomySkills(), today=date(2025, 6, 1))


def truth_of(path: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((DATA / "truth" / f"{path.stem.split('__')[1]}.json").read_text("utf-8"))
    return truth


def plain(text: str | None) -> str:
    return re.sub(r"\W+", "", (text or "").casefold())


def test_the_set_is_complete() -> None:
    assert len(FILES) == 66


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_reads_the_person_and_the_jobs(path: Path) -> None:
    parsed, truth = parsed_file(path), truth_of(path)
    assert plain(parsed.name.value) == plain(truth["basics"]["name"])
    assert [email.value for email in parsed.emails] == [e for e in [truth["basics"].get("email")] if e]
    starts = [job.start.value for job in parsed.jobs]
    assert starts == [job["startDate"][:7] for job in truth.get("work", [])]
    titles = [plain(job.title.value) for job in parsed.jobs]
    assert titles == [plain(job["position"]) for job in truth.get("work", [])]


@pytest.mark.parametrize("path", [path for path in FILES if "__incomplete" in path.name], ids=lambda path: path.name)
def test_invents_neither_contact_nor_work(path: Path) -> None:
    parsed = parsed_file(path)
    assert (parsed.emails, parsed.phones, parsed.jobs, parsed.total_experience_months) == ((), (), (), None)
    assert not parsed.location.stated


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_comes_back_whole_from_json(path: Path) -> None:
    parsed = parsed_file(path)
    assert ParsedResume.from_json(json.loads(json.dumps(parsed.to_json()))) == parsed
