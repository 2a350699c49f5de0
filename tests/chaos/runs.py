"""One run of R1: a host brings 500 postings of its own board while something is broken, drawn by the run's number."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight_fleethost.host import FleetHost

from tests.chaos.byte_relay import byte_relay
from tests.chaos.message_relay import Cut, MessageRelay, Ordeal
from tests.chaos.stage import ROLE, Stage

POSTINGS = 500
BATCHES = 20
SECONDS = 300.0
POLL_SECONDS = 0.05
COMPLETED = 3
TEXT = "Builds payment services in Java and Spring on Kafka with a team of nine in the bank's own building. " * 3
_SESSION = """
SELECT s.session_id, s.state, s.last_sequence,
       (SELECT count(*) FROM scraper.batches b WHERE b.session_id = s.session_id AND b.settle_time IS NOT NULL)
FROM scraper.sessions s JOIN scraper.api_keys k USING (api_key_id) WHERE k.name = %s
"""


@dataclass
class Run:
    """What is done to run `number`, and what came of it. `kills` names the process: host, serve or work."""

    number: int
    kills: str
    kill_after: int
    ordeal: Ordeal
    byte_cuts: list[int]
    secret: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def platform(self) -> str:
        """The run's board, which nobody else reads."""
        return f"board_{self.number}"


def planned(seed: int, number: int, *, kill: bool) -> Run:
    """A run by its number: kills take turns, half of the others are cut between messages and half between bytes."""
    chance = random.Random(f"{seed}/{number}")
    run = Run(number, "", 0, Ordeal(), [])
    if kill:
        run.kills = ("host", "serve", "work")[number % 3]
        run.kill_after = chance.randrange(BATCHES)
    elif number % 2:
        cuts = chance.randrange(1, 4)
        run.ordeal.cuts = [Cut(chance.randrange(1, BATCHES + 5), chance.random() < 0.5) for _ in range(cuts)]
        run.ordeal.resend = True
    else:
        run.byte_cuts = [chance.randrange(500, 180_000) for _ in range(chance.randrange(1, 4))]
    return run


def draft(run: Run, number: int) -> PostingDraft:
    """A posting unlike any other."""
    return PostingDraft(
        platform_job_id=f"{run.number}-{number}",
        title=f"Java Developer {number}",
        company=f"Company {run.number}",
        location="Dallas, TX",
        description=f"{TEXT} Opening {number}.",
        url=f"https://board.example/{run.number}/{number}",
    )


class BoardReader:
    """Yields the run's postings, always the same."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def read(self, search: Any, platform: str) -> AsyncIterator[PostingDraft]:
        """All of them."""
        for number in range(POSTINGS):
            yield draft(self._run, number)


async def perform(stage: Stage, relay: tuple[MessageRelay, str], run: Run) -> None:
    """Lets the host bring its postings, breaks what is to be broken, waits for the end and notes what is wrong."""
    try:
        async with asyncio.timeout(SECONDS):
            if run.kills == "host":
                await _host_process(stage, run)
            else:
                await _host_inside(stage, relay, run)
            await _until(stage, run, lambda state, sequence, settled: state >= COMPLETED)
    except TimeoutError:
        run.faults.append(f"not through after {SECONDS:.0f} s")
    run.faults += await asyncio.to_thread(_look, stage, run)


async def _host_inside(stage: Stage, relay: tuple[MessageRelay, str], run: Run) -> None:
    folder = stage.folder / run.platform
    killing = asyncio.create_task(_kill_part(stage, run)) if run.kills else None
    relay[0].ordeals[run.secret] = run.ordeal
    async with byte_relay(stage.address, run.byte_cuts) as cutter:
        address = relay[1] if run.ordeal.cuts else cutter.address
        # Hosts that claim the one role at the same time do not wait for each other: who got nothing comes again.
        while not await _found(stage, run):
            host = FleetHost(address, run.secret, run.platform, BoardReader(run), spool=folder, chance=lambda: 0.0)
            await host.run(once=True)
    if killing:
        await killing


async def _kill_part(stage: Stage, run: Run) -> None:
    """`work` dies once so many batches are settled, `serve` once so many are taken."""
    at_work = run.kills == "work"
    reached = lambda state, sequence, settled: (settled if at_work else sequence) >= run.kill_after  # noqa: E731
    await _until(stage, run, reached)
    await stage.parts[run.kills].kill()


async def _host_process(stage: Stage, run: Run) -> None:
    folder = stage.folder / run.platform
    await asyncio.to_thread(_write_feed, folder, run)
    host = stage.start_host(run.platform, run.secret, folder)
    try:
        while not (found := await _found(stage, run)) or found[0][2] < run.kill_after:
            await asyncio.sleep(POLL_SECONDS)
            if not host.running and not found:
                host = stage.start_host(run.platform, run.secret, folder)
        await asyncio.to_thread(_kill_host, host)
        host = stage.start_host(run.platform, run.secret, folder)
        while host.running:
            await asyncio.sleep(POLL_SECONDS)
        if host.returncode != 0:
            run.faults.append(host.report(f"ended with {host.returncode}"))
    finally:
        await asyncio.to_thread(host.stop)


def _kill_host(host: Any) -> None:
    os.killpg(host.pid, signal.SIGKILL)
    host.stop()


def _write_feed(folder: Any, run: Run) -> None:
    folder.mkdir()
    with (folder / "feed.jsonl").open("w") as feed:
        for number in range(POSTINGS):
            said = {each.name: value for each, value in draft(run, number).ListFields()}
            feed.write(json.dumps({**said, "platform": run.platform, "role_hint": ROLE}) + "\n")


async def _found(stage: Stage, run: Run) -> list[tuple[Any, ...]]:
    """The run's sessions: id, state, batches taken, batches settled."""
    return await asyncio.to_thread(stage.rows, _SESSION, run.platform)


async def _until(stage: Stage, run: Run, reached: Any) -> None:
    while True:
        found = await _found(stage, run)
        if found and all(reached(state, sequence, settled) for _, state, sequence, settled in found):
            return
        await asyncio.sleep(POLL_SECONDS)


def _look(stage: Stage, run: Run) -> list[str]:
    """What is wrong with what came of it: by the rows, by what matching was given, by the session's history."""
    wanted = Counter(f"{run.number}-{number}" for number in range(POSTINGS))
    sessions = stage.rows(_SESSION, run.platform)
    if len(sessions) != 1:
        return [f"{len(sessions)} sessions"]
    [(session_id, state, _, _)] = sessions
    stored: Counter[str] = Counter()
    for (payload,) in stage.rows("SELECT payload FROM scraper.batches WHERE session_id = %s", session_id):
        stored.update(each.platform_job_id for each in PostingDrafts.FromString(bytes(payload)).postings)
    ends = stage.rows("SELECT state FROM chaos.ends WHERE session_id = %s", session_id)
    checks = {
        f"ended as {state}": state == COMPLETED,
        f"finalised {len(ends)} times: {ends}": ends == [(COMPLETED,)],
        _difference("stored", stored, wanted): stored == wanted,
        _difference("taken by matching", stage.matching.taken[run.platform], wanted): (
            stage.matching.taken[run.platform] == wanted
        ),
    }
    return [what for what, right in checks.items() if not right]


def _difference(where: str, found: Counter[str], wanted: Counter[str]) -> str:
    return f"{where}: {(wanted - found).total()} lost, {(found - wanted).total()} twice"
