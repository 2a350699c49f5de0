"""R1: nothing is lost, nothing comes twice, every session is finalised once, whatever is cut and killed.

1,000 seeded runs of 500 postings, several at once against one scraper of real processes. In 200 a process is killed
with SIGKILL and started again: the host, `serve` or `work`, by turns, after a drawn number of batches. In 800 the
host's stream is cut, by turns after drawn numbers of bytes and of messages (before or after the answer to what is
committed), and batches that were acknowledged are sent again; meanwhile commits fail (a deferred trigger raises, or
ends its own connection) and every now and then all connections to the database are ended. Looked at are the rows, what
matching's end was given, and a history of the sessions that a trigger keeps.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.message_relay import message_relay
from tests.chaos.runs import POSTINGS, Run, perform, planned
from tests.chaos.stage import Stage, staged
from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

SEED = 20261123
RUNS = 1_000
KILLS = 200
AT_ONCE = 8
ONE_COMMIT_IN = 60
FAILED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM chaos.failures"
CONNECTION_CUT_SECONDS = (1.0, 5.0)


@dataclass(frozen=True)
class Outcome:
    """What came of it all."""

    runs: Sequence[Run]
    resent: int
    failed_commits: int
    process_kills: int
    faults: Sequence[str]


async def trial(seed: int, runs: int, kills: int) -> Outcome:
    """Kills first, by themselves: then streams are cut and commits fail."""
    plans = [planned(seed, number, kill=number < kills) for number in range(runs)]
    async with staged() as stage, message_relay(stage.address) as relay:
        for run in plans:
            run.secret = await asyncio.to_thread(stage.add_host, run.platform)
        await _all(stage, relay, plans[:kills])
        await asyncio.to_thread(stage.sabotage, one_in=ONE_COMMIT_IN, seed=seed)
        cutting = asyncio.create_task(_cut_connections(stage, random.Random(seed)))
        await _all(stage, relay, plans[kills:])
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        await asyncio.to_thread(stage.sabotage, one_in=0, seed=seed)
        faults = [f"run {run.number} ({run.kills or 'cuts'}): {fault}" for run in plans for fault in run.faults]
        faults += [f"batch {batch} came again with other postings" for batch in stage.matching.clashes]
        faults += [f"sent again: {what}" for what in relay[0].wrong]
        [(failed,)] = await asyncio.to_thread(stage.rows, FAILED)
        killed = sum(part.kills for part in stage.parts.values()) + sum(run.kills == "host" for run in plans)
        return Outcome(plans, sum(run.ordeal.resent for run in plans), failed, killed, faults)


async def _all(stage: Stage, relay: object, plans: Sequence[Run]) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(run: Run) -> None:
        async with free:
            await perform(stage, relay, run)  # type: ignore[arg-type]

    async with asyncio.TaskGroup() as group:
        for run in plans:
            group.create_task(one(run))


async def _cut_connections(stage: Stage, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(*CONNECTION_CUT_SECONDS))
        await asyncio.to_thread(stage.cut_connections)


def run(root: Path) -> list[str]:
    """One line."""
    factor = calibration()
    outcome = asyncio.run(trial(SEED, RUNS, KILLS))
    wrong = "; ".join(outcome.faults[:10])
    done = (
        f"{len(outcome.runs)} runs x {POSTINGS} postings ({outcome.process_kills} SIGKILLs, {outcome.failed_commits} "
        f"failed commits, {outcome.resent} batches sent again, seed {SEED})"
    )
    ours = f"{done}: {len(outcome.faults)} faults {wrong}".strip()
    target = "0 lost, 0 twice, every session finalised once"
    return [str(Figure("R1", ours, "none", "-", target, factor, verdict(not outcome.faults)))]
