"""Processes killed in the middle of their work: nothing is lost, nothing is doubled, and nobody has to repair it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from blacklight_local.running import RunningStack

RESUMES = Path(__file__).resolve().parents[2] / "deploy/local/demo/resumes"
RECOVERY_SECONDS = 180.0
"""A step without a heartbeat is known to be lost when its time is up."""


@pytest.fixture
def crash(stack: RunningStack, until: Callable[..., Any]) -> Iterator[Callable[[str], None]]:
    """`crash(name)`: kills a process of the stack, which the stack starts again; the test ends when it has."""
    killed: dict[str, int] = {}

    def kill(name: str) -> None:
        killed[name] = stack.state.components[name].pid
        os.kill(killed[name], signal.SIGKILL)

    yield kill
    for name, pid in killed.items():
        row = stack.state.components[name]
        until(lambda: row.state == "ready" and row.pid != pid, f"{name} to be back")  # noqa: B023


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> set[int]:
    return {int(word) for file in Path(f"/proc/{pid}/task").glob("*/children") for word in file.read_text().split()}


def _alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_resumes_are_read_once_each_though_their_worker_is_killed(
    stack: RunningStack, make_tenant: Any, upload: Any, until: Any, crash: Any
) -> None:
    tenant = make_tenant()
    files = sorted(RESUMES.glob("*.*"))
    worker = stack.state.components["candidate-worker"].pid
    with _frozen(worker):  # otherwise the first would be read before the last is there
        uploaded = upload(tenant.api, files)

    def read() -> int:
        page = tenant.api.get("/v1/candidates", page_size=200, state="CANDIDATE_STATE_REVIEW")
        return len(page.get("candidates", []))

    readers = _children(worker)
    until(lambda: read() >= 2, "the first résumés")
    crash("candidate-worker")
    assert read() < len(files), "the worker was killed too late"
    until(lambda: read() == len(files), "every résumé to be read", RECOVERY_SECONDS)
    assert len(tenant.api.get("/v1/candidates", page_size=200)["candidates"]) == len(files)
    for candidate, resume in uploaded:
        [only] = tenant.api.get(f"/v1/candidates/{candidate}/resumes")["resumes"]
        assert (only["resume_id"], only["state"]) == (resume, "RESUME_STATE_COMPLETED")
    until(lambda: not any(map(_alive, readers)), "the killed worker's readers to end")


def _matches(api: Any, candidate: str, postings: set[str]) -> dict[str, int]:
    found = api.pages(f"/v1/candidates/{candidate}/matches", "matches")
    return {match["posting_id"]: match["score"] for match in found if match["posting_id"] in postings}


def test_postings_are_imported_and_matched_once_though_both_workers_are_killed(
    make_tenant: Any, upload: Any, until: Any, crash: Any, fleet: Any, draft: Any, batch: Any
) -> None:
    api = make_tenant().api
    resume = RESUMES / "helena-brandt.pdf"
    [(early, _)] = upload(api, [resume])
    until(lambda: api.get(f"/v1/candidates/{early}")["state"] == "CANDIDATE_STATE_REVIEW", "the résumé")
    key = fleet.key()
    stream, assignment = fleet.at_work(key)
    wanted = "Configures SAP FICO and S/4HANA general ledger, accounts payable and asset accounting for site"
    numbers = range(300)
    for sequence in range(1, 16):
        drafts = [
            draft(key, number, title="SAP FICO Consultant", description=f"{wanted} {key.platform} {number}.")
            for number in numbers[20 * (sequence - 1) : 20 * sequence]
        ]
        assert stream.ask(batch(assignment, sequence, drafts)).acknowledgement.accepted == 20
        if sequence in (5, 10):
            crash("matching-worker" if sequence == 5 else "scraper-worker")
    stream.finish(assignment)
    session = fleet.ended(assignment.session_id)
    assert session["state"] == "SESSION_STATE_COMPLETED"
    [run] = session["platforms"]
    counts = {name: run[name] for name in ("received", "new", "refreshed", "duplicate", "rejected")}
    assert counts == {"received": 300, "new": 300, "refreshed": 0, "duplicate": 0, "rejected": 0}
    postings = fleet.postings(key.platform)
    assert Counter(row["platform_job_id"] for row in postings) == Counter(f"{key.platform}-{n}" for n in numbers)
    ids = {row["posting_id"] for row in postings}
    until(lambda: len(_matches(api, early, ids)) == len(ids), "every posting to be matched", RECOVERY_SECONDS)
    # Who comes afterwards is matched by another way, all postings at once: both must agree.
    [(late, _)] = upload(api, [resume])
    until(lambda: _matches(api, late, ids) == _matches(api, early, ids), "the same matches anew")


def _persistently(send: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, asked for again while there is no connection or the gateway says that nobody is there."""
    end = time.monotonic() + 60
    while True:
        try:
            answer = send()
        except httpx.TransportError:
            assert time.monotonic() < end
        else:
            if answer.status_code not in (502, 503) or time.monotonic() > end:
                return answer
        time.sleep(0.05)


def test_requests_sent_again_have_one_effect_though_the_gateway_is_killed(make_tenant: Any, crash: Any) -> None:
    tenant = make_tenant()
    done = threading.Semaphore(0)

    def create(number: int) -> str:
        word = str(uuid4())
        body = {"given_name": "Ines", "family_name": str(number)}
        answer = _persistently(lambda: tenant.http.post("/v1/candidates", params={"request_id": word}, json=body))
        done.release()
        assert answer.status_code == 200, answer.text
        return str(answer.json()["candidate_id"])

    with ThreadPoolExecutor(4) as pool:
        creating = [pool.submit(create, number) for number in range(150)]
        for _ in range(20):
            done.acquire(timeout=60)
        crash("envoy")
        made = {future.result() for future in creating}
    listed = {row["candidate_id"] for row in tenant.api.pages("/v1/candidates", "candidates")}
    assert listed == made
    assert len(made) == 150


def test_a_host_delivers_every_line_once_though_gateway_and_scraper_are_killed(
    fleet: Any, draft: Any, crash: Any, tmp_path: Path
) -> None:
    key = fleet.key()
    fleet.write_feed(tmp_path, key, [draft(key, number) for number in range(800)])
    host = fleet.start_host(key, tmp_path)
    log = tmp_path / "host.log"
    for number, name in enumerate(("envoy", "scraper"), 1):
        fleet.await_batches(host, tmp_path, 4 * number)
        crash(name)
    assert host.wait(90) == 0, log.read_text()
    assert log.read_text().count("reconnecting") >= 2
    [run] = fleet.ended(fleet.session_of(key))["platforms"]
    assert (run["received"], run["new"], run["refreshed"], run["duplicate"]) == (800, 800, 0, 0)
    found = Counter(row["platform_job_id"] for row in fleet.postings(key.platform))
    assert found == Counter(f"{key.platform}-{number}" for number in range(800))


def _works(make_tenant: Any, fleet: Any) -> None:
    """A sign-in, permissions and an API key that were never met before: each would come from the cache."""
    tenant = make_tenant()
    made = tenant.http.post("/v1/candidates", json={"given_name": "Ines"})
    assert made.status_code == 200, made.text
    found = tenant.http.get(f"/v1/candidates/{made.json()['candidate_id']}")
    assert found.status_code == 200, found.text
    key = fleet.key()
    assert list(fleet.connect(key.secret).hello().platforms) == [key.platform]


def test_requests_are_served_from_the_source_while_the_cache_hangs_or_is_killed(
    stack: RunningStack, make_tenant: Any, fleet: Any, crash: Any
) -> None:
    with _frozen(stack.state.components["valkey"].pid):
        _works(make_tenant, fleet)
    crash("valkey")
    _works(make_tenant, fleet)
