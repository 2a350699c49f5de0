"""What hosts are told, from what holds and what they were told before (ADR 0014)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest
from blacklight_scraper.fleet.board import ControlBoard
from blacklight_scraper.fleet.negotiation import agree, shared
from blacklight_scraper.fleet.standing import Kind, Order, Row, Standing, Subject, differences

HOST, SESSION = "h", "s"


def standing(*rows: tuple[str, str, str, int]) -> Standing:
    return Standing.of(Row(subject, id, platform, state, "why") for subject, id, platform, state in rows)


def holds(*rows: tuple[str, str, str, int]) -> dict[Subject, Order]:
    return standing(*rows).orders(HOST, {"dice", "indeed"}, {SESSION})


def told(before: dict[Subject, Order], now: dict[Subject, Order]) -> list[tuple[Kind, str, str]]:
    return [(order.kind, order.platform, order.session_id) for order in differences(before, now)]


PAUSED, DRAINING = holds(("host", HOST, "", 2)), holds(("host", HOST, "", 3))
BOARD = holds(("platform", "", "dice", 0))
WAITING, ENDED = holds(("waiting", SESSION, "", 1)), holds(("ended", SESSION, "", 6))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, PAUSED, [(Kind.PAUSE, "", "")]),
        (PAUSED, PAUSED, []),
        (PAUSED, {}, [(Kind.RESUME, "", "")]),
        (PAUSED, DRAINING, [(Kind.RESUME, "", ""), (Kind.DRAIN, "", "")]),
        ({}, BOARD, [(Kind.PAUSE, "dice", "")]),
        (BOARD, {}, [(Kind.RESUME, "dice", "")]),
        ({}, WAITING, [(Kind.PAUSE, "", SESSION)]),
        (WAITING, {}, [(Kind.RESUME, "", SESSION)]),
        (WAITING, ENDED, [(Kind.TERMINATE, "", SESSION)]),
        (ENDED, {}, []),
        ({}, holds(("run", SESSION, "dice", 0)), [(Kind.TERMINATE, "dice", SESSION)]),
        (holds(("run", SESSION, "dice", 0)), holds(("run", SESSION, "dice", 0)), []),
    ],
)
def test_tells_the_difference(
    before: dict[Subject, Order], now: dict[Subject, Order], expected: list[tuple[Kind, str, str]]
) -> None:
    assert told(before, now) == expected


@pytest.mark.parametrize(("state", "ends"), [(3, False), (4, False), (5, True), (6, True)])
def test_tells_of_a_sessions_end_only_what_the_host_does_not_know(state: int, ends: bool) -> None:
    assert bool(holds(("ended", SESSION, "", state))) is ends


def test_concerns_a_host_with_its_own_platforms_and_sessions_only() -> None:
    found = standing(("host", "other", "", 2), ("platform", "", "monster", 0), ("waiting", "other", "", 1))
    assert found.orders(HOST, {"dice"}, {SESSION}) == {}


class Listener:
    """A stream that remembers what it is told."""

    def __init__(self) -> None:
        self.host_id, self.platforms, self.sessions = HOST, frozenset({"dice"}), {SESSION}
        self.told: dict[Subject, Order] = {}
        self.heard: list[Kind] = []

    def tell(self, order: Order) -> None:
        self.heard.append(order.kind)


def test_a_look_concerns_only_the_streams_and_sessions_it_asked_for() -> None:
    async def run() -> None:
        first, late = Listener(), Listener()
        late.told = dict(BOARD)

        async def look(hosts: Collection[str], sessions: Collection[str]) -> Standing:
            board.join(late)  # attached while the look was under way, and told something newer
            return standing()

        async def listen(heard: object) -> None:
            await asyncio.Event().wait()

        board = ControlBoard(look, listen, every=3600)
        board.join(first)
        await board.look()
        assert late.heard == []
        await board.stop()

    asyncio.run(run())


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_board_that_is_woken_while_it_is_stopped_stops(steps: int) -> None:
    async def run() -> None:
        async def look(hosts: Collection[str], sessions: Collection[str]) -> Standing:
            return standing()

        async def listen(heard: object) -> None:
            await asyncio.Event().wait()

        board = ControlBoard(look, listen, every=3600)
        board.join(Listener())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        board.wake()
        for _ in range(steps):
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await board.stop()

    asyncio.run(run())


def test_looks_again_after_a_look_that_failed() -> None:
    async def run() -> None:
        looks = 0
        done = asyncio.Event()

        async def look(hosts: Collection[str], sessions: Collection[str]) -> Standing:
            nonlocal looks
            looks += 1
            if looks == 1:
                raise OSError
            done.set()
            return standing()

        async def listen(heard: object) -> None:
            await asyncio.Event().wait()

        board = ControlBoard(look, listen, every=0.01)
        board.join(Listener())
        async with asyncio.timeout(30):
            await done.wait()
        await board.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("oldest", "newest", "agreed"), [(0, 0, 1), (1, 1, 1), (1, 7, 1), (0, 3, 1), (2, 3, None), (5, 2, None)]
)
def test_agrees_on_the_newest_version_that_both_speak(oldest: int, newest: int, agreed: int | None) -> None:
    assert agree(oldest, newest) == agreed


def test_shares_what_both_can_do() -> None:
    assert shared(["telepathy", "leases", "directives"]) == ("directives", "leases")
