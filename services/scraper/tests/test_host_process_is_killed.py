"""`blacklight fleet host` as a process: killed in the middle, started again, and through."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDrafts

POSTINGS = 3_000


@pytest.fixture
def own_settings() -> dict[str, Any]:
    return {"scraper_max_batch_postings": 3, "scraper_window": 2, "scraper_claim_retry_seconds": 1}


def start(scraper: Any, secret: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "blacklight_cli", "fleet", "host", "--gateway", scraper.app.address]
    command += ["--name", "h", "--jsonl", str(folder / "feed.jsonl"), "--spool", str(folder / "spool"), "--once"]
    environment = {**os.environ, "BLACKLIGHT_SCRAPER_API_KEY": secret}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def count(scraper: Any) -> int:
    return int(scraper.rows("SELECT count(*) AS n FROM scraper.batches")[0].n)


def test_loses_and_doubles_nothing_when_the_process_is_killed(scraper: Any, tmp_path: Path) -> None:
    lines = (
        {"platform": ("dice", "indeed")[n % 2], "platform_job_id": f"j{n}", "title": "Nurse", "company": "C",
         "description": "D", "url": "https://dice.example/1", "role_hint": "Nurse"}
        for n in range(POSTINGS)
    )  # fmt: skip
    (tmp_path / "feed.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    scraper.add_role("Nurse")
    secret = scraper.add_key()
    for batches in (20, 200):
        process = start(scraper, secret, tmp_path)
        ends = time.monotonic() + 60
        while count(scraper) < batches:
            assert time.monotonic() < ends
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert count(scraper) < POSTINGS / 3
    assert start(scraper, secret, tmp_path).wait(120) == 0
    stored: Counter[str] = Counter()
    for row in scraper.rows("SELECT payload FROM scraper.batches"):
        stored.update(draft.platform_job_id for draft in PostingDrafts.FromString(bytes(row.payload)).postings)
    assert stored == Counter(f"j{n}" for n in range(POSTINGS))
    assert scraper.rows("SELECT state FROM scraper.sessions")[0].state == 2
