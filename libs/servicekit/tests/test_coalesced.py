"""Many who ask share an act, and nobody is told of an act that began before it asked."""

from __future__ import annotations

import asyncio

from blacklight_servicekit.coalesced import Coalesced


def test_whoever_asks_while_one_runs_shares_the_next() -> None:
    async def run() -> int:
        acts = 0
        open_gate = asyncio.Event()

        async def act() -> None:
            nonlocal acts
            acts += 1
            await open_gate.wait()

        shared = Coalesced(act, 0.0)
        first = asyncio.create_task(shared())
        await asyncio.sleep(0)
        others = [asyncio.create_task(shared()) for _ in range(50)]
        await asyncio.sleep(0)
        open_gate.set()
        await asyncio.gather(first, *others)
        return acts

    assert asyncio.run(run()) == 2


def test_an_act_that_fails_answers_nobody_else() -> None:
    async def run() -> list[object]:
        acts = 0

        async def act() -> None:
            nonlocal acts
            acts += 1
            if acts == 1:
                raise ConnectionError

        shared = Coalesced(act, 0.0)
        return [acts, *await asyncio.gather(*(shared() for _ in range(3)), return_exceptions=True), acts]

    before, *answers, after = asyncio.run(run())
    assert (before, after) == (0, 2)
    assert [type(answer) for answer in answers] == [ConnectionError, type(None), type(None)]


def test_a_call_after_an_act_brings_another() -> None:
    async def run() -> int:
        acts = 0

        async def act() -> None:
            nonlocal acts
            acts += 1

        shared = Coalesced(act, 0.001)
        await shared()
        await shared()
        return acts

    assert asyncio.run(run()) == 2
