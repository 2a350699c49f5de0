"""Bounds on what is on the way: of one host, and of all hosts of a process together."""

from __future__ import annotations

import asyncio

import pytest
from blacklight_scraper.fleet.budget import ByteBudget
from blacklight_scraper.fleet.credits import Crediting, Window, share
from blacklight_scraper.fleet.outgoing import Outgoing
from hypothesis import given
from hypothesis import strategies as st

FULL = Window(8, 4096)


class Told:
    """A host that remembers its windows."""

    def __init__(self) -> None:
        self.windows: list[Window] = []

    def grant(self, window: Window) -> None:
        if not self.windows or self.windows[-1] != window:
            self.windows.append(window)


@given(st.integers(1, 10**7), st.integers(1, 10**8), st.integers(1, 3000))
def test_never_grants_more_than_the_budget_has_nor_less_than_half_of_it(full: int, budget: int, hosts: int) -> None:
    granted = share(Window(8, full), budget, hosts).bytes
    assert granted == 1 or granted * hosts <= budget
    assert granted == full or (granted + 1) * 2 * hosts > budget


def test_shrinks_the_windows_of_those_who_deliver_and_lets_them_grow_back() -> None:
    crediting = Crediting(FULL, budget=8192, rest=10)
    hosts = [Told() for _ in range(4)]
    for now, host in enumerate(hosts):
        crediting.delivers(host, now)
    assert {host.windows[-1] for host in hosts} == {Window(8, 2048)}
    crediting.gone(hosts[0])
    crediting.settle(now=12.5)
    assert crediting.window == FULL
    assert hosts[3].windows[-1] == FULL


def test_a_host_at_rest_takes_nobodys_share_and_is_told_when_it_begins_again() -> None:
    crediting = Crediting(FULL, budget=4096, rest=10)
    resting, busy = Told(), Told()
    crediting.delivers(resting, 0)
    crediting.delivers(busy, 20)
    crediting.settle(20)
    assert busy.windows[-1] == FULL
    crediting.delivers(resting, 21)
    assert resting.windows[-1] == busy.windows[-1] == Window(8, 2048)


def test_holds_no_more_bytes_than_its_limit_and_grants_in_the_order_of_asking() -> None:
    async def run() -> list[int]:
        budget = ByteBudget(10)
        order: list[int] = []

        async def hold(number: int, size: int) -> None:
            await budget.acquire(size)
            assert budget.used <= 10
            order.append(number)

        await hold(0, 8)
        waiting = [asyncio.create_task(hold(1, 5)), asyncio.create_task(hold(2, 1))]
        await asyncio.sleep(0)
        assert order == [0]  # the small one does not overtake, or the large one would wait for ever
        budget.release(8)
        await asyncio.gather(*waiting)
        return order

    assert asyncio.run(run()) == [0, 1, 2]


def test_lets_one_through_that_is_larger_than_the_limit_when_it_is_alone() -> None:
    async def run() -> None:
        budget = ByteBudget(10)
        await budget.acquire(50)
        second = asyncio.create_task(budget.acquire(1))
        await asyncio.sleep(0)
        assert not second.done()
        budget.release(50)
        await second
        assert budget.used == 1

    asyncio.run(run())


@pytest.mark.parametrize("granted", [False, True])
def test_whoever_gives_up_waiting_holds_nothing(granted: bool) -> None:
    async def run() -> None:
        budget = ByteBudget(10)
        await budget.acquire(10)
        waiting = asyncio.create_task(budget.acquire(4))
        await asyncio.sleep(0)
        if granted:
            budget.release(10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert budget.used == (0 if granted else 10)

    asyncio.run(run())


def test_what_is_pushed_waits_for_no_answer_and_the_last_of_a_key_is_sent() -> None:
    async def run() -> None:
        outgoing: Outgoing[str] = Outgoing(2)
        answers = outgoing.answers()
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        outgoing.put(answer)
        outgoing.push("credits", "small")
        outgoing.push("credits", "large")
        assert await anext(answers) == "large"
        later = asyncio.ensure_future(anext(answers))
        await asyncio.sleep(0)
        outgoing.push("directive", "pause")
        assert await later == "pause"
        answer.set_result("answer")
        outgoing.close()
        assert [each async for each in answers] == ["answer"]

    asyncio.run(run())
