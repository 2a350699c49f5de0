"""S2: twenty hosts stream postings of 3 kB through Envoy for 60 s; acknowledged after the scraper's commit.

Every posting is new, by its id and by its text. Also: the rate at which the postings are in matching, deduplicated,
from the first to the last, with the backlog (batches that matching has not answered for) worked off; the seconds that
takes after the stream; and by how much the resident memory of the scraper's two processes, `serve` and `work`, is
greater after the stream than before, without any warming up before.

Baselines, in the same run on the same server with the same settings, fsync on (`s2_former`): the former importer bare,
by two connections and by one, and as it was. The verdict is by the bare one on one connection: the former importer
committed one row after the other in one process, and without its ORM that is the fastest it could be. Two importers
side by side, which there were not, are told beside it. What is imported is read (skills, years, vector) and matched
later: while so many come in, reading gives way (`postings/reading/pace.py`).

On standard error: CPU microseconds a posting of each process, during the stream and after it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import grpc
import psutil
from blacklight.matching.v1 import posting_pb2
from blacklight.scraper.v1 import role_queue_service_pb2, role_queue_service_pb2_grpc
from blacklight_local.data_folder import DataFolder
from blacklight_local.demo.api import Api
from blacklight_local.demo.steps import sign_in_admin
from blacklight_local.running import RunningStack, running_stack
from blacklight_local.stack import Options
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.identity import ServiceTokens, load_private_key

from tests.load import s2_former
from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict
from tests.load.s2_costs import cpu_seconds, told
from tests.load.s2_hosts import Host, stream_all
from tests.load.s2_postings import make_draft, sentences, templates

HOSTS = 20
SECONDS = float(os.environ.get("BENCH_S2_SECONDS", "60"))
BASELINE_SECONDS = 5.0
BATCH = 200
TEMPLATES = 32
SEED = 20261123
PLATFORM = "bench"
ACKNOWLEDGED_TIMES, IMPORTED_TIMES, MEGABYTES = 5.0, 3.0, 50.0
BACKLOG_SECONDS = 600.0


def _prepare(running: RunningStack, admin: Api) -> list[str]:
    """A platform, and a key and a role for each host, as matching would tell it; returns the keys' secrets."""
    platform = {"name": PLATFORM, "display_name": "Bench", "enabled": True, "priority": 1, "max_in_flight": HOSTS}
    admin.post("/v1/fleet/platforms", platform)
    key = load_private_key(running.stack.credentials.service_key("matching"))
    metadata = (("authorization", f"Bearer {ServiceTokens('matching', key, utc_now).token('scraper', None)}"),)
    with grpc.insecure_channel(running.stack.ports["scraper"].address) as channel:
        stub = role_queue_service_pb2_grpc.RoleQueueServiceStub(channel)
        for number in range(HOSTS):
            role = str(uuid4())
            put = role_queue_service_pb2.PutRoleRequest(role_id=role, version=1, name=f"Bench Role {number}")
            stub.PutRole(put, metadata=metadata, timeout=10)
            admin.post(f"/v1/fleet/queue/{role}:approve", {})
    return [
        str(admin.post("/v1/fleet/api-keys", {"name": f"bench-{n}", "platforms": [PLATFORM]})["secret"])
        for n in range(HOSTS)
    ]


def _next_drafts(root: Path) -> Callable[[], bytes]:
    """Gives a batch of postings not given before."""
    made = itertools.cycle(templates(root, count=TEMPLATES, rows=BATCH, seed=SEED))
    numbers = itertools.count(0, BATCH)
    return lambda: next(made).batch(next(numbers))


def _baselines(root: Path, url: str) -> tuple[float, float, float]:
    """Postings a second of the former importer: bare on two connections and on one, and as it was."""
    known = sentences(root)

    def drafts(worker: int) -> list[posting_pb2.PostingDraft]:
        chance = random.Random(SEED + worker)
        return [make_draft(chance, known, f"{worker}-{number}") for number in range(500)]

    return (
        s2_former.bare(url, drafts, seconds=BASELINE_SECONDS),
        s2_former.bare(url, drafts, seconds=BASELINE_SECONDS, connections=1),
        s2_former.as_it_was(url, drafts, seconds=BASELINE_SECONDS),
    )


def _imported(admin: Api) -> tuple[int, bool]:
    """Postings that matching has answered for, and whether every session is final."""
    sessions = list(admin.pages("/v1/fleet/sessions", "sessions"))
    runs = [run for session in sessions for run in session["platforms"]]
    done = sum(run["new"] + run["refreshed"] + run["duplicate"] + run["rejected"] for run in runs)
    return done, all(session["state"] == "SESSION_STATE_COMPLETED" for session in sessions)


def _wait_until_empty(admin: Api, acknowledged: int) -> float:
    """Seconds until matching has answered for every posting."""
    start = time.perf_counter()
    while not (answered := _imported(admin))[1]:
        if time.perf_counter() - start > BACKLOG_SECONDS:
            raise RuntimeError(f"the backlog was not empty in time: {answered[0]} of {acknowledged}")
        time.sleep(0.25)
    assert answered[0] == acknowledged, (answered, acknowledged)
    return time.perf_counter() - start


def _scraper_bytes(running: RunningStack) -> list[int]:
    """Resident memory of the scraper's two processes: of `serve` and of `work`."""
    components = running.state.components
    return [psutil.Process(components[name].pid).memory_info().rss for name in ("scraper", "scraper-worker")]


def run(root: Path) -> list[str]:
    """One line."""
    with tempfile.TemporaryDirectory(prefix="bl-s2-") as folder:
        os.chmod(folder, 0o711)
        with running_stack(DataFolder(Path(folder) / "data"), Options(any_ports=True)) as running:
            email = "bench@platform.example.com"
            admin = sign_in_admin(running.gateway_url, email, running.create_admin(email))
            secrets = _prepare(running, admin)
            next_drafts = _next_drafts(root)
            factor = calibration()
            bare, single, mapped = _baselines(root, running.stack.postgres.url())
            hosts = [Host(f"bench-{n}", secrets[n], PLATFORM, next_drafts) for n in range(HOSTS)]
            before, used = _scraper_bytes(running), cpu_seconds(running)
            seconds = asyncio.run(stream_all(hosts, running.gateway_address, SECONDS))
            streamed = cpu_seconds(running)
            grown = [(now - then) / 1e6 for now, then in zip(_scraper_bytes(running), before, strict=True)]
            acknowledged = sum(host.acknowledged for host in hosts)
            at_end = _imported(admin)[0]
            backlog = _wait_until_empty(admin, acknowledged)
            imported = cpu_seconds(running)
    sys.stderr.write(f"S2 at the end of the stream {at_end} of {acknowledged} were in matching\n")
    sys.stderr.write(f"S2 µs a posting while streaming: {told(used, streamed, acknowledged)}\n")
    sys.stderr.write(f"S2 µs a posting afterwards: {told(streamed, imported, acknowledged)}\n")
    rate, into = acknowledged / seconds, acknowledged / (seconds + backlog)
    met = rate >= ACKNOWLEDGED_TIMES * single and into >= IMPORTED_TIMES * single and max(grown) < MEGABYTES
    figure = Figure(
        "S2",
        f"{rate:.0f}/s acknowledged ({HOSTS} hosts, {acknowledged} postings), {into:.0f}/s into matching, "
        f"backlog empty after {backlog:.1f} s, scraper grew {grown[0]:.0f} MB (serve) and {grown[1]:.0f} MB (work)",
        f"former importer, one posting per commit: {bare:.0f}/s bare on two connections, {single:.0f}/s bare on "
        f"one, {mapped:.0f}/s as it was (ORM)",
        f"{rate / single:.1f}x acknowledged, {into / single:.1f}x into matching (of bare on one); "
        f"{rate / bare:.1f}x, {into / bare:.1f}x (of bare on two); "
        f"{rate / mapped:.1f}x, {into / mapped:.1f}x (of as it was)",
        f"≥ {ACKNOWLEDGED_TIMES:.0f}x acknowledged, ≥ {IMPORTED_TIMES:.0f}x into matching, < {MEGABYTES:.0f} MB",
        factor,
        verdict(met),
    )
    return [str(figure)]
