"""The commands of docs/fleet.md, taken from the document and run as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/fleet.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _walk() -> str:
    section = DOCUMENT.read_text().partition("### A walk with curl\n")[2]
    return "\n".join(BLOCK.findall(re.split(r"^##+ ", section, maxsplit=1, flags=re.MULTILINE)[0]))


def _run(script: str, folder: Path, **environment: str) -> str:
    made = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


def _answers(printed: str) -> list[Any]:
    """The JSON documents that were printed one after another."""
    decoder, found, place = json.JSONDecoder(), [], 0
    while place < len(printed):
        document, place = decoder.raw_decode(printed, place)
        found.append(document)
    return found


def test_the_walk_with_curl_leads_from_a_claim_to_postings(fleet: Any, tmp_path: Path) -> None:
    board = f"board_{uuid4().hex[:12]}"
    fleet.admin.post(
        "/v1/fleet/platforms",
        {"name": board, "display_name": board, "enabled": True, "priority": 100, "login": "PLATFORM_LOGIN_PASSWORD"},
    )
    secret = {"username": "walker@accounts.example", "password": "correct horse"}
    fleet.admin.post("/v1/fleet/credentials", {"platform": board, "name": f"account {board}", "secret": secret})
    key = fleet.admin.post("/v1/fleet/api-keys", {"name": board, "platforms": [board]})["secret"]

    script = _walk()
    assert script.count("curl ") >= 7, "the document has its walk"
    printed = _run(script, tmp_path, GATEWAY=fleet.admin.url, KEY=key, PLATFORM=board)

    availability, heartbeat, delivered, success, completed = _answers(printed)
    assert availability == {board: 1}
    assert heartbeat["held"] is True
    assert (delivered["jobs_accepted"], [each["index"] for each in delivered["errors"]]) == (1, [1])
    assert success["held"] is False
    assert completed["status"] == "completing"
    assert fleet.ended(completed["session_id"])["state"] == "SESSION_STATE_COMPLETED"
    assert [posting["platform_job_id"] for posting in fleet.postings(board)] == ["walk-1"]
