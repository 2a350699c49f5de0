"""Saved files: found by role, strays dealt alike every time, and no file that sinks another."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from blacklight_fleethost.folder.reader import FolderReader, Limits, make
from blacklight_fleethost.reader import BadOption, NothingThere, Search


def file_of(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "postings.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def reader_of(path: Path, **options: Any) -> tuple[FolderReader, list[str]]:
    told: list[str] = []
    return FolderReader(path, told.append, **options), told


def read(reader: FolderReader, role: str, platform: str = "dice", aliases: tuple[str, ...] = ()) -> list[Any]:
    async def collect() -> list[Any]:
        return [draft async for draft in reader.read(Search(role, aliases), platform)]

    return asyncio.run(collect())


def ids(drafts: list[Any]) -> list[str]:
    return [draft.platform_job_id for draft in drafts]


def line(number: int, **changes: Any) -> dict[str, Any]:
    return {"platform": "dice", "platform_job_id": f"j{number}", "title": f"Title {number}", **changes}


def test_finds_a_role_by_its_name_or_an_alias_in_any_case_on_its_board(tmp_path: Path) -> None:
    reader, _ = reader_of(
        file_of(
            tmp_path,
            line(1, role_hint="Java Developer"),
            line(2, role_hint="NURSE"),
            line(3, role_hint="Java Developer", platform="indeed"),
        )
    )
    assert ids(read(reader, "java developer")) == ["j1"]
    assert ids(read(reader, "RN", aliases=("nurse",))) == ["j2"]
    assert asyncio.run(reader.platforms()) == {"dice", "indeed"}


def test_says_that_there_is_nothing_rather_than_yielding_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingThere):
        read(reader_of(file_of(tmp_path, line(1, role_hint="Nurse")))[0], "Java Developer")


def test_deals_each_stray_to_one_role_alike_every_time(tmp_path: Path) -> None:
    hinted = [line(1, role_hint="Nurse"), line(2, role_hint="Java Developer")]
    strays = [line(number, stray=True, role_hint="Cook") for number in range(10, 16)]
    path = file_of(tmp_path, *hinted, *strays)
    dealt = [ids(read(reader_of(path)[0], role)) for role in ("Nurse", "Java Developer")]
    assert dealt == [["j1", "j11", "j13", "j15"], ["j2", "j10", "j12", "j14"]]
    with pytest.raises(NothingThere):
        read(reader_of(path)[0], "Cook")


def test_finds_a_record_without_a_hint_by_its_title(tmp_path: Path) -> None:
    path = file_of(tmp_path, line(1, role_hint="Cook"), line(2, title="Senior Java Developer (remote)"))
    assert ids(read(reader_of(path)[0], "Java Developer")) == ["j2"]


def test_offers_a_folder_without_any_hint_whole(tmp_path: Path) -> None:
    assert len(read(reader_of(file_of(tmp_path, line(1), line(2)))[0], "Nurse")) == 2


def test_takes_the_board_from_the_record_then_the_folder_then_the_option(tmp_path: Path) -> None:
    (tmp_path / "Job Street" / "old").mkdir(parents=True)
    (tmp_path / "Job Street" / "old" / "a.json").write_text(
        json.dumps([{"title": "A"}, {"title": "B", "platform": "X"}])
    )
    (tmp_path / "c.json").write_text(json.dumps({"title": "C"}))
    reader, _ = reader_of(tmp_path, platform="own")
    assert asyncio.run(reader.platforms()) == {"job_street", "x", "own"}
    assert [draft.title for draft in read(reader, "any", "job_street")] == ["A"]
    unnamed, told = reader_of(tmp_path)
    assert asyncio.run(unnamed.platforms()) == {"job_street", "x"}
    assert any("c.json" in each and "no platform" in each for each in told)


@pytest.mark.parametrize(
    "shape", [lambda jobs: jobs, lambda jobs: {"jobs": jobs}, lambda jobs: {"data": {"jobs": jobs}}]
)
def test_reads_lists_of_jobs_wherever_they_usually_stand(tmp_path: Path, shape: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(shape([{"title": "A"}, {"title": "B"}])))
    reader, told = reader_of(tmp_path, platform="dice")
    assert [draft.title for draft in read(reader, "any")] == ["A", "B"]
    assert told == []


def test_tells_what_it_cannot_read_and_reads_everything_else(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "empty.html").write_text("<p>nothing")
    (tmp_path / "lines.jsonl").write_text('{"title": "A"}\n\nnot json\n[]\n{"name": ""}\n{"title": "B"}\n')
    (tmp_path / "notes.txt").write_text("not a kind of file that is read")
    reader, told = reader_of(tmp_path, platform="dice")
    assert [draft.title for draft in read(reader, "any")] == ["A", "B"]
    for file, what in [
        ("broken.json", "not JSON"),
        ("deep.json", "not JSON"),
        ("empty.html", "no JobPosting"),
        ("lines.jsonl", "line 3: not JSON"),
        ("lines.jsonl", "line 4: not an object"),
        ("lines.jsonl", "line 5: no title"),
    ]:
        assert any(file in each and what in each for each in told), (file, what)
    assert len(told) == 6
    read(reader, "any")
    assert len(told) == 6, "what is known is not told again"


def test_reads_files_that_appear_or_change_while_it_runs(tmp_path: Path) -> None:
    reader, _ = reader_of(tmp_path, platform="dice")
    with pytest.raises(NothingThere):
        read(reader, "any")
    (tmp_path / "a.json").write_text('{"title": "A"}')
    assert [draft.title for draft in read(reader, "any")] == ["A"]
    (tmp_path / "a.json").write_text('[{"title": "A"}, {"title": "B"}]')
    assert [draft.title for draft in read(reader, "any")] == ["A", "B"]
    (tmp_path / "a.json").unlink()
    with pytest.raises(NothingThere):
        read(reader, "any")


def test_follows_no_link_out_of_the_folder_and_no_loop(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.json").write_text('{"title": "Secret"}')
    (inside / "a.json").write_text('{"title": "A"}')
    (inside / "link.json").symlink_to(outside / "secret.json")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "same.json").symlink_to(inside / "a.json")
    os.mkfifo(inside / "pipe.json")
    reader, _ = reader_of(inside, platform="dice")
    assert [draft.title for draft in read(reader, "any")] == ["A", "A"]


def test_stays_within_its_limits_and_tells_what_it_left(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.json").write_text(json.dumps([{"title": f"T{number}"}] * 2))
    (tmp_path / "0.json").write_text(json.dumps({"title": "x" * 200}))
    reader, told = reader_of(tmp_path, platform="dice", limits=Limits(files=3, file_bytes=100, postings=2))
    assert [draft.title for draft in read(reader, "any")] == ["T1", "T1"]
    assert ["0.json" in told[1], "larger than 100 bytes" in told[1]] == [True, True]
    assert "3.json and what follows; 3 files" in told[0]
    assert "2.json and what follows; 2 postings" in told[2]
    assert read(reader, "any")
    assert len(told) == 3


def test_is_made_by_its_options() -> None:
    for options in ({}, {"path": "/nowhere/at/all"}, {"path": ".", "plattform": "x"}):
        with pytest.raises(BadOption):
            make(options, print)
