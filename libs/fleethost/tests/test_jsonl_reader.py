"""Postings of a file: found by role, strays dealt alike every time, odd values survived."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from blacklight.scraper.v1.fleet_service_pb2 import Assignment
from blacklight_fleethost.jsonl import JsonlReader, UnreadableFile
from blacklight_fleethost.reader import NothingThere


def file_of(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "postings.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def read(reader: JsonlReader, role: str, platform: str = "dice", aliases: tuple[str, ...] = ()) -> list[Any]:
    async def collect() -> list[Any]:
        assignment = Assignment(role_name=role, aliases=aliases)
        return [draft async for draft in reader.read(assignment, platform)]

    return asyncio.run(collect())


def line(number: int, **changes: Any) -> dict[str, Any]:
    return {"platform": "dice", "platform_job_id": f"j{number}", "title": f"Title {number}", **changes}


def test_finds_a_role_by_its_name_or_an_alias_in_any_case_on_its_board(tmp_path: Path) -> None:
    reader = JsonlReader(
        file_of(
            tmp_path,
            line(1, role_hint="Java Developer"),
            line(2, role_hint="NURSE"),
            line(3, role_hint="Java Developer", platform="indeed"),
        )
    )
    assert [draft.platform_job_id for draft in read(reader, "java developer")] == ["j1"]
    assert [draft.platform_job_id for draft in read(reader, "RN", aliases=("nurse",))] == ["j2"]
    assert reader.platforms == {"dice", "indeed"}


def test_says_that_there_is_nothing_rather_than_yielding_nothing(tmp_path: Path) -> None:
    reader = JsonlReader(file_of(tmp_path, line(1, role_hint="Nurse")))
    with pytest.raises(NothingThere):
        read(reader, "Java Developer")


def test_deals_each_stray_to_one_role_alike_every_time(tmp_path: Path) -> None:
    hinted = [line(1, role_hint="Nurse"), line(2, role_hint="Java Developer")]
    strays = [line(number, stray=True, role_hint="Cook") for number in range(10, 16)]
    path = file_of(tmp_path, *hinted, *strays)
    roles = ("Nurse", "Java Developer")
    dealt = [[draft.platform_job_id for draft in read(JsonlReader(path), role)] for role in roles]
    assert dealt == [["j1", "j11", "j13", "j15"], ["j2", "j10", "j12", "j14"]]
    with pytest.raises(NothingThere):
        read(JsonlReader(path), "Cook")


def test_finds_a_line_without_a_hint_by_its_title(tmp_path: Path) -> None:
    path = file_of(tmp_path, line(1, role_hint="Cook"), line(2, title="Senior Java Developer (remote)"))
    assert [draft.platform_job_id for draft in read(JsonlReader(path), "Java Developer")] == ["j2"]


def test_offers_a_file_without_any_hint_whole(tmp_path: Path) -> None:
    assert len(read(JsonlReader(file_of(tmp_path, line(1), line(2))), "Nurse")) == 2


def test_carries_the_fields_and_survives_odd_values(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        line(1, is_remote=False, salary_min=10, salary_max="much", company=None, description="\ud800", url=5),
    )
    [draft] = read(JsonlReader(path), "Nurse")
    assert (draft.salary_min, draft.HasField("salary_max"), draft.company) == (10.0, False, "")
    assert (draft.remote, draft.HasField("remote"), draft.description, draft.url) == (False, True, "?", "5")


@pytest.mark.parametrize("text", ["not json", "[]", '{"title": "x"}', '{"platform": 3}'])
def test_names_the_line_that_is_no_posting(tmp_path: Path, text: str) -> None:
    path = tmp_path / "postings.jsonl"
    path.write_text(json.dumps(line(1)) + "\n\n" + text + "\n")
    with pytest.raises(UnreadableFile, match=r"postings\.jsonl, line 3"):
        JsonlReader(path)
