"""Files of postings through the gateway: the commands of docs/postings.md as they stand there, and the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from blacklight_cli.main import main
from click.testing import CliRunner, Result

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/postings.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _rows(count: int, *, bad: int = -1) -> list[dict[str, str]]:
    """Postings like no others; one of them with an address that is none."""
    about = uuid4().hex
    return [
        {
            "platform_job_id": f"{about}-{n}",
            "title": "Java Developer",
            "company": f"Harbour {about} {n}",
            "location": "Dallas, TX",
            "description": f"Builds payment services in Java, team {about} {n}.",
            "url": "nowhere" if n == bad else f"https://board.example/{about}/{n}",
        }
        for n in range(count)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "jobs.json"
    found.write_text(json.dumps(_rows(30, bad=4)))
    return found


def _import(admin: Any, *words: str) -> Result:
    environment = {"BLACKLIGHT_GATEWAY": admin.url, "BLACKLIGHT_TOKEN": admin.token}
    return CliRunner().invoke(main, ["import", *words], env=environment)


def _send(admin: Any, import_id: str, **sent: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {admin.token}"}
    return httpx.post(f"{admin.url}/v1/posting-imports/{import_id}/file", headers=headers, timeout=60, **sent)


@pytest.mark.skipif(shutil.which("jq") is None, reason="the walk reads answers with jq")
def test_the_walk_with_curl_imports_a_file_and_shows_what_was_not_taken(admin: Any, file: Path) -> None:
    [script] = [block for block in BLOCK.findall(DOCUMENT.read_text()) if "posting-imports" in block]
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=file.parent,
        env={**os.environ, "GATEWAY": admin.url, "TOKEN": admin.token},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    stands, rejected = (json.loads(answer) for answer in re.split(r"(?<=\})(?=\{)", ran.stdout.splitlines()[-1]))
    assert stands["run"]["state"] == "RUN_STATE_COMPLETED_WITH_ERRORS"
    assert (stands["rows_new"], stands["rows_rejected"]) == (29, 1)
    assert [(row["row_number"], row["field"]) for row in rejected["rows"]] == [(5, "url")]


def test_a_form_is_refused_with_what_would_be_right(admin: Any, file: Path) -> None:
    import_id = admin.post("/v1/posting-imports", {"platform": "dice", "file_name": "jobs.json"})["import_id"]
    answer = _send(admin, import_id, files={"file": file.read_bytes()})
    assert (answer.status_code, "--data-binary" in answer.json()["message"]) == (400, True)
    assert answer.json()["details"][0]["reason"] == "FORM_NOT_TAKEN"
    assert admin.get(f"/v1/posting-imports/{import_id}")["received_bytes"] == "0"


def test_a_body_that_is_too_large_is_refused_and_the_upload_goes_on_from_what_is_kept(admin: Any, file: Path) -> None:
    data = file.read_bytes() + b" " * 13_000_000
    import_id = admin.post("/v1/posting-imports", {"platform": "dice", "file_name": "jobs.json"})["import_id"]
    answer = _send(admin, import_id, content=data)
    assert (answer.status_code, answer.json()["details"][0]["reason"]) == (413, "BODY_TOO_LARGE")
    file.write_bytes(data)
    ran = _import(admin, str(file), "--resume", import_id)
    assert (ran.exit_code, "29 new, 1 rejected" in ran.output) == (3, True), ran.output
    assert admin.get(f"/v1/posting-imports/{import_id}")["received_bytes"] == str(len(data))


def test_the_command_prints_what_became_of_the_rows_and_says_it_by_its_exit_code(admin: Any, file: Path) -> None:
    results = file.with_name("rows.jsonl")
    ran = _import(admin, str(file), "--platform", "dice", "--results", str(results))
    assert ran.exit_code == 3, ran.output
    assert "29 new, 1 rejected" in ran.output
    assert "row 5: " in ran.output
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    assert [row["row_number"] for row in rows] == list(range(1, 31))
    assert rows[4]["outcome"] == "POSTING_IMPORT_OUTCOME_REJECTED"
    file.write_text(json.dumps(_rows(3)))
    well = _import(admin, str(file), "--platform", "dice")
    assert (well.exit_code, "3 new" in well.output) == (0, True), well.output
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert _import(admin, str(file), "--platform", "dice").exit_code == 1


def test_an_import_that_was_cut_off_is_gone_on_with(admin: Any, file: Path) -> None:
    import_id = admin.post("/v1/posting-imports", {"platform": "dice", "file_name": "jobs.json"})["import_id"]
    half = file.stat().st_size // 2
    assert _send(admin, import_id, content=file.read_bytes()[:half]).is_success
    short = file.with_name("short.json")
    short.write_bytes(file.read_bytes()[: half - 1])
    refused = _import(admin, str(short), "--resume", import_id)
    assert (refused.exit_code, "is it another one?" in refused.output) == (1, True), refused.output
    ran = _import(admin, str(file), "--resume", import_id)
    assert (ran.exit_code, "29 new, 1 rejected" in ran.output) == (3, True), ran.output
