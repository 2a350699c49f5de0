"""Group commit and the bound on what is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from blacklight_scraper.fleet.group_commit import GroupCommit
from blacklight_scraper.fleet.outgoing import Outgoing


class Outage(Exception):
    """The store does not answer."""


class Store:
    """Commits numbers; refuses groups with a 13, and everything while it is down."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, items: Sequence[int]) -> Sequence[int]:
        await self.gate.wait()
        if self.down:
            raise Outage
        if 13 in items:
            raise ValueError("13")
        self.groups.append(list(items))
        return [item * 10 for item in items]


def grouped(store: Store, *, most_items: int = 4, most_weight: int = 1_000) -> GroupCommit[int, int]:
    return GroupCommit(
        store.commit,
        most_items=most_items,
        most_weight=most_weight,
        weigh=lambda item: item,
        is_outage=lambda error: isinstance(error, Outage),
    )


async def submitted(store: Store, group: GroupCommit[int, int], items: list[int]) -> list[int | BaseException]:
    store.gate.clear()
    futures = [group.submit(item) for item in items]
    await asyncio.sleep(0)
    store.gate.set()
    return list(await asyncio.gather(*futures, return_exceptions=True))


def test_commits_what_waited_together_in_order_and_answers_each() -> None:
    async def run() -> None:
        store = Store()
        assert await submitted(store, grouped(store), [1, 2, 3, 4, 5, 6]) == [10, 20, 30, 40, 50, 60]
        assert store.groups == [[1, 2, 3, 4], [5, 6]]

    asyncio.run(run())


def test_closes_a_group_at_its_weight() -> None:
    async def run() -> None:
        store = Store()
        await submitted(store, grouped(store, most_weight=10), [6, 5, 4, 20, 1])
        assert store.groups == [[6], [5, 4], [20], [1]]

    asyncio.run(run())


def test_commits_the_others_when_one_cannot_be() -> None:
    async def run() -> None:
        store = Store()
        results = await submitted(store, grouped(store), [1, 13, 3, 4])
        assert [results[0], *results[2:]] == [10, 30, 40]
        assert isinstance(results[1], ValueError)
        assert sorted(item for committed in store.groups for item in committed) == [1, 3, 4]

    asyncio.run(run())


def test_fails_a_group_as_a_whole_in_an_outage_and_works_again_after_it() -> None:
    async def run() -> None:
        store = Store()
        group = grouped(store)
        store.down = True
        assert all(isinstance(each, Outage) for each in await submitted(store, group, [1, 2]))
        store.down = False
        assert await group.submit(3) == 30

    asyncio.run(run())


def test_gives_room_for_a_window_of_answers_only() -> None:
    async def run() -> None:
        outgoing: Outgoing[int] = Outgoing(2)
        answers = outgoing.answers()
        pending = [asyncio.get_running_loop().create_future() for _ in range(2)]
        for each in pending:
            await outgoing.room()
            outgoing.put(each)
        room = asyncio.ensure_future(outgoing.room())
        pending[1].set_result(2)
        await asyncio.sleep(0)
        assert not room.done()
        pending[0].set_result(1)
        assert await anext(answers) == 1
        assert await anext(answers) == 2
        await room
        outgoing.close()
        assert await anext(answers, None) is None

    asyncio.run(run())


def test_ends_with_what_it_was_given_while_an_answer_is_under_way() -> None:
    async def run() -> None:
        outgoing: Outgoing[int] = Outgoing(2)
        outgoing.put(asyncio.get_running_loop().create_future())
        answers = outgoing.answers()
        first = asyncio.ensure_future(anext(answers))
        await asyncio.sleep(0)
        outgoing.end(ValueError("over"))
        with pytest.raises(ValueError, match="over"):
            await first

    asyncio.run(run())
