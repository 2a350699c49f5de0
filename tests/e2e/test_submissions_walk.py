"""The commands of docs/submissions.md, taken from the document and run as they stand there, through the gateway."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/submissions.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _walk() -> str:
    return "\n".join(BLOCK.findall(DOCUMENT.read_text().partition("## A walk with curl\n")[2]))


def _answers(printed: str) -> list[Any]:
    """The JSON documents that were printed one after another."""
    decoder, found, place = json.JSONDecoder(), [], 0
    while place < len(printed.rstrip()):
        document, place = decoder.raw_decode(printed, place)
        found.append(document)
        while place < len(printed) and printed[place].isspace():
            place += 1
    return found


def test_the_walk_with_curl_leads_from_a_submission_to_the_board(make_tenant: Any, until: Any, tmp_path: Path) -> None:
    tenant = make_tenant()
    candidate = tenant.api.post("/v1/candidates", {"given_name": "Rowan", "current_title": "Java Developer"})
    posting = tenant.api.post(
        "/v1/postings",
        {
            "title": "Java Developer",
            "company": "Harbor Mutual",
            "location": "Dallas, TX",
            "description": "Builds payment services in Java and Spring for carriers all over the country.",
            "url": "https://jobs.example/walk",
        },
    )
    candidate_id = candidate["candidate_id"]

    def known() -> bool:
        """Matching learns of a candidate through the outbox, a moment later."""
        trial = {"candidate_id": candidate_id, "job": {"title": "Trial", "company": "Elsewhere"}}
        return bool(tenant.http.post("/v1/submissions:createExternal", json=trial).status_code == 200)

    until(known, "matching to know the candidate")
    made = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _walk()],
        cwd=tmp_path,
        env={
            **os.environ,
            "GATEWAY": tenant.api.url,
            "TOKEN": tenant.api.token,
            "CANDIDATE": candidate_id,
            "POSTING": posting["posting_id"],
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    submitted, refused, arranged, changed, moved, board = _answers(made.stdout)
    assert submitted["margin"] == {"amount": "22.50", "percent": "24.32"}
    assert submitted["job"]["title"] == "Java Developer"
    assert submitted["candidate_name"] == "Rowan"
    detail = refused["details"][0]
    assert (detail["reason"], detail["metadata"]["submission_id"]) == ("SUBMISSION_ACTIVE", submitted["submission_id"])
    assert (arranged["state"], len(arranged["interviews"])) == ("SUBMISSION_STATE_INTERVIEW_SCHEDULED", 1)
    assert (changed["follow_up_date"], changed["hot"]) == ("2027-03-05", True)
    assert (moved["state"], moved["rejection_stage"]) == ("SUBMISSION_STATE_REJECTED", "INTERVIEW_SCHEDULED")
    totals = {column["state"]: int(column["total"]) for column in board["columns"]}
    assert (totals["SUBMISSION_STATE_REJECTED"], totals["SUBMISSION_STATE_SUBMITTED"]) == (1, 1)
