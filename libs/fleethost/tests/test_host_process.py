"""`blacklight fleet host` as a process: from files and feeds to the other end of the stream, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight_fleethost.cli.connecting import API_KEY_VARIABLE
from blacklight_fleethost.spool import Spool

SECONDS = 60


def wait_for(condition: Callable[[], Any]) -> None:
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.fixture
def address(peer: Any) -> Iterator[str]:
    """The peer, served beside the test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    served = peer.served()
    yield asyncio.run_coroutine_threadsafe(served.__aenter__(), loop).result(SECONDS)
    asyncio.run_coroutine_threadsafe(served.__aexit__(None, None, None), loop).result(SECONDS)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def start(address: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start(*options)`: the command as a process."""
    started: list[subprocess.Popen[str]] = []

    def run(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "blacklight_cli", "fleet", "host", "--gateway", address, "--name", "h"]
        process = subprocess.Popen(
            [*command, "--spool", str(tmp_path / "spool"), *options],
            env={**os.environ, API_KEY_VARIABLE: "k", "NO_PROXY": "127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def status(folder: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "blacklight_cli", "fleet", "status", "--spool", str(folder / "spool"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)["status"] or {}


def test_delivers_a_folder_and_tells_what_it_could_not_read(start: Any, peer: Any, tmp_path: Path) -> None:
    files = tmp_path / "files"
    (files / "dice").mkdir(parents=True)
    (files / "dice" / "a.json").write_text('{"jobs": [{"id": 1, "title": "Nurse"}, {"id": 2, "title": "Nurse"}]}')
    (files / "dice" / "bad.jsonl").write_text("oops\n")
    (files / "elsewhere.json").write_text('{"platform": "monster", "title": "Nurse"}')
    process = start("--folder", str(files), "--once")
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert peer.delivered() == ["1", "2"]
    assert all("monster" not in claim.platforms for claim in peer.heard("claim"))
    assert "bad.jsonl: line 1: not JSON" in said
    assert "not read  this key does not allow the platform or it is off: monster" in said


def test_delivers_a_feed(start: Any, peer: Any, site: Any) -> None:
    url = site.serve("/feed", json.dumps([{"what": "Night Nurse", "id": 9}, {"what": "Cook", "id": 8}]).encode())
    process = start("--feed", url, "--platform", "dice", "--map", "title=what", "--once")
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert peer.delivered() == ["9"]


def test_runs_until_it_is_told_to_end_and_says_how_it_is(start: Any, peer: Any, tmp_path: Path) -> None:
    process = start("--folder", str(tmp_path), "--platform", "dice")
    wait_for(lambda: peer.connections == 1 and status(tmp_path)[1].get("state") == "connected")
    code, said = status(tmp_path)
    assert (code, said["pid"], said["name"]) == (0, process.pid, "h")
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    code, said = status(tmp_path)
    assert (code, said["state"]) == (1, "stopped")


def test_a_key_that_is_not_admitted_ends_it_with_2(start: Any, peer: Any, tmp_path: Path) -> None:
    peer.answers = {"hello": lambda _: peer.refusal("KEY_REVOKED")}
    process = start("--folder", str(tmp_path))
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "KEY_REVOKED" in said


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_goes_on_from_its_spool_after_it_was_killed(start: Any, peer: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"id": number, "title": "Nurse"} for number in range(8)]))
    halted: list[Any] = []

    async def halt(said: Any) -> Any:
        halted.append(said)
        if len(halted) == 2:
            await asyncio.Event().wait()
        return peer.usual(said)

    peer.answers = {"batch": halt}
    first = start("--folder", str(tmp_path), "--platform", "dice", "--once")
    wait_for(lambda: len(halted) == 2)
    first.send_signal(signal.SIGKILL)
    first.wait(SECONDS)
    peer.answers, peer.said = {}, []
    peer.welcome.open_sessions.add(assignment=peer.assignment(), last_acknowledged_sequence=1)
    again = start("--folder", str(tmp_path), "--platform", "dice", "--once")
    said, _ = again.communicate(timeout=SECONDS)
    assert again.returncode == 0, said
    assert peer.delivered() == ["2", "3", "4", "5", "6", "7"]
    assert peer.heard("report")[0].batches == 4


def test_a_spool_is_drained_without_a_reader(address: str, peer: Any, tmp_path: Path) -> None:
    late = PostingDrafts(postings=[PostingDraft(platform_job_id="late", title="T")]).SerializeToString()
    spool = Spool(tmp_path / "spool")
    spool.resume(peer.assignment().session_id, 7, 0)
    spool.add(peer.assignment().session_id, "dice", late, [late])
    spool.close()
    command = [sys.executable, "-m", "blacklight_cli", "fleet", "spool", "drain", "--gateway", address, "--name", "h"]
    done = subprocess.run(
        [*command, "--spool", str(tmp_path / "spool")],
        env={**os.environ, API_KEY_VARIABLE: "k"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert peer.delivered() == ["late"]
    assert not peer.heard("claim")
    left = Spool(tmp_path / "spool")
    assert left.depth().batches == 0
    left.close()
