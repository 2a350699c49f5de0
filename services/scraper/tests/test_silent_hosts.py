"""A host that falls silent, by the workflow's own timer; and a worker that is killed while it waits."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight_scraper.app import APP
from blacklight_scraper.sessions.activities import workflow_id

CONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED


@pytest.fixture
def own_settings() -> dict[str, Any]:
    return {"temporal": True, "scraper_liveness_seconds": 2}


def until(ready: Callable[[], Any]) -> Any:
    ends = time.monotonic() + 60
    while not (answer := ready()):
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)
    return answer


def assigned(scraper: Any) -> Any:
    scraper.add_role()
    stream = scraper.connect(scraper.add_key())
    stream.hello()
    return stream.assignment()


def ended(scraper: Any, assignment: Any) -> Any:
    def look() -> Any:
        session = scraper.session(assignment.session_id)
        return session if session.HasField("end_time") else None

    return until(look)


def test_times_a_silent_host_out(scraper: Any, work_app: Any) -> None:
    worker = work_app(APP, settings=scraper.settings)
    assignment = assigned(scraper)
    session = ended(scraper, assignment)
    assert session.state == session_pb2.SESSION_STATE_TIMED_OUT
    assert {run.failure_reason for run in session.platforms} == {session_pb2.FAILURE_REASON_HOST_SILENT}

    async def fetch() -> str:
        client = await worker.kit.temporal.connect()
        handle = client.get_workflow_handle(workflow_id(assignment.session_id))
        async with asyncio.timeout(30):
            assert await handle.result() == "TIMED_OUT"
        return str((await handle.fetch_history()).to_json())

    history = worker.loop.run(fetch())
    found = re.findall(r'"data": "([^"]+)"', history)
    assert assignment.session_id in "".join(base64.b64decode(each).decode(errors="replace") for each in found)
    if folder := os.environ.get("KEEP_HISTORIES"):
        anonymous = re.sub(r'(?<="identity": )"[^"]*"|"\d+@[^"]*"', '"worker"', history)
        kept = Path(folder, "scrape-session.timed_out.json")
        kept.write_text(json.dumps(json.loads(anonymous), indent=1) + "\n")


def worker_process(scraper: Any, folder: Path) -> subprocess.Popen[bytes]:
    """`work` as a process of its own, ready."""
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    values = scraper.settings.model_dump() | {"ready_file": ready}
    environment = {
        f"BLACKLIGHT_{name.upper()}": str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
        for name, value in values.items()
        if value is not None
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "blacklight_scraper", "work"],
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: ready.exists() or process.poll() is not None)
    assert process.poll() is None
    return process


def test_ends_a_session_whose_worker_was_killed(scraper: Any, tmp_path: Path) -> None:
    process = worker_process(scraper, tmp_path)
    try:
        assignment = assigned(scraper)
        until(lambda: not scraper.rows("SELECT 1 FROM scraper.outbox"))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert scraper.session(assignment.session_id).state == session_pb2.SESSION_STATE_ACTIVE
        process = worker_process(scraper, tmp_path)
        assert ended(scraper, assignment).state == session_pb2.SESSION_STATE_TIMED_OUT
        [row] = scraper.rows("SELECT DISTINCT failures FROM scraper.target_platforms")
        assert row.failures == 1
    finally:
        process.terminate()
        process.wait(20)
