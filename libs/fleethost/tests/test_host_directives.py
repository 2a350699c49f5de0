"""What a host is told without having asked: it heeds it, and takes it for no answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.standing import Standing

PAUSE, RESUME, DRAIN, TERMINATE = (
    pb.DIRECTIVE_KIND_PAUSE,
    pb.DIRECTIVE_KIND_RESUME,
    pb.DIRECTIVE_KIND_DRAIN,
    pb.DIRECTIVE_KIND_TERMINATE,
)
OTHER = "01a20000-0000-7000-8000-000000000002"


class Board:
    """Yields `count` postings a board, the next ones only when `more` allows."""

    def __init__(self, count: int = 5) -> None:
        self.count = count
        self.more: asyncio.Event | None = None
        self.closed: list[str] = []

    async def read(self, search: Any, platform: str) -> AsyncIterator[PostingDraft]:
        try:
            for number in range(self.count):
                yield PostingDraft(platform_job_id=f"{platform}-{number}", title="T")
            if self.more is not None:
                await self.more.wait()
        finally:
            self.closed.append(platform)


class Endless(Board):
    """Yields for ever."""

    async def read(self, search: Any, platform: str) -> AsyncIterator[PostingDraft]:
        try:
            number = 0
            while True:
                yield PostingDraft(platform_job_id=f"{platform}-{number}", title="T")
                number += 1
                await asyncio.sleep(0)
        finally:
            self.closed.append(platform)


def test_introduces_itself_with_what_it_can_do(play: Any) -> None:
    [hello] = play(Board()).peer.heard("hello")
    assert (hello.oldest_protocol, hello.newest_protocol, list(hello.capabilities)) == (1, 1, ["leases", "directives"])


def test_works_several_assignments_of_one_answer_at_once(play: Any, peer: Any) -> None:
    peer.assignments = [peer.assignment(), peer.assignment(OTHER, "indeed")]
    played = play(Board())
    assert sorted(peer.delivered()) == sorted(
        f"{board}-{number}" for board in ("dice", "indeed") for number in range(5)
    )
    assert {said.session_id for said in peer.heard("finish")} == {peer.assignment().session_id, OTHER}
    assert [said.batches for said in peer.heard("report")] == [3, 3]
    assert played.messages(HostEventKind.CLAIMED) == ["dice", "indeed"]


def test_takes_what_is_pushed_for_no_answer(play: Any, peer: Any) -> None:
    async def pushing(said: Any) -> Any:
        for message in (pb.Directive(kind=RESUME), pb.Credits(window=2)):
            await peer.push(message)
        return peer.usual(said)

    peer.answers = {"claim": pushing, "batch": pushing, "report": pushing, "finish": pushing}
    play(Board())
    assert peer.delivered() == [f"dice-{number}" for number in range(5)]
    assert peer.connections == 1


def test_reads_and_claims_nothing_while_paused_but_delivers(play: Any, peer: Any, until: Any) -> None:
    reader = Endless()

    async def meanwhile(host: Any, played: Any) -> None:
        await until(lambda: peer.heard("batch"))
        await peer.push(pb.Directive(kind=PAUSE, platform="dice"))
        await until(lambda: played.messages(HostEventKind.TOLD))
        await until(lambda: host.state.depth.batches == 0)
        at_rest = len(peer.delivered())
        assert host.state.paused == ["dice"]
        await until(lambda: len(peer.heard("claim")) > 1)
        assert all(list(claim.platforms) == ["indeed"] for claim in peer.heard("claim")[1:])
        assert len(peer.delivered()) - at_rest <= 4, "what was read already may still go"
        await peer.push(pb.Directive(kind=RESUME, platform="dice"))
        await until(lambda: len(peer.delivered()) > at_rest + 10)
        await peer.push(pb.Directive(kind=TERMINATE, session_id=peer.assignment().session_id))

    play(reader, meanwhile)
    assert reader.closed == ["dice"]


def test_closes_a_reader_that_is_stopped_while_its_posting_waits_for_the_window(
    play: Any, peer: Any, until: Any
) -> None:
    reader = Endless()
    kept: list[Any] = []

    class Held(Endless):
        def read(self, search: Any, platform: str) -> Any:
            kept.append(reader.read(search, platform))  # so that it is not closed for being collected
            return kept[0]

    async def one_only(said: Any) -> Any:
        if len(peer.heard("batch")) == 1:
            await until(lambda: len(reader.closed))
        return peer.usual(said)

    async def meanwhile(host: Any, played: Any) -> None:
        await until(lambda: host.state and host.state.depth.batches == 1)
        await asyncio.sleep(0.05)
        await peer.push(pb.Directive(kind=TERMINATE, session_id=peer.assignment().session_id))
        await until(lambda: reader.closed)

    peer.welcome.window = 1
    peer.answers = {"batch": one_only}
    play(Held(), meanwhile)
    assert reader.closed == ["dice"]


def test_stops_at_once_when_its_session_is_ended_and_brings_what_is_spooled(play: Any, peer: Any, until: Any) -> None:
    reader = Endless()

    async def meanwhile(host: Any, played: Any) -> None:
        await until(lambda: peer.heard("batch"))
        await peer.push(pb.Directive(kind=TERMINATE, session_id=peer.assignment().session_id, message="by hand"))

    played = play(reader, meanwhile)
    assert reader.closed == ["dice"]
    assert not peer.heard("report")
    assert not peer.heard("finish")
    assert played.messages(HostEventKind.TOLD) == ["terminate by hand"]
    assert HostEventKind.SESSION_ENDED in {event.kind for event in played.told}


@pytest.mark.parametrize("session", [True, False])
def test_stops_one_board_when_that_is_ended_and_finishes_the_others(
    play: Any, peer: Any, until: Any, session: bool
) -> None:
    peer.assignments = [peer.assignment(peer.assignment().session_id, "dice", "indeed")]

    class Both(Endless):
        async def read(self, search: Any, platform: str) -> AsyncIterator[PostingDraft]:
            kind = Endless if platform == "dice" else Board
            async for draft in kind.read(self, search, platform):
                yield draft

    async def meanwhile(host: Any, played: Any) -> None:
        await until(lambda: peer.heard("report"))
        session_id = peer.assignment().session_id if session else ""
        await peer.push(pb.Directive(kind=TERMINATE, platform="dice", session_id=session_id))

    play(Both(), meanwhile)
    assert [said.platform for said in peer.heard("report")] == ["indeed"]
    assert len(peer.heard("finish")) == 1


def test_finishes_what_is_open_and_leaves_when_drained(play: Any, peer: Any, until: Any) -> None:
    reader = Board()

    async def meanwhile(host: Any, played: Any) -> None:
        reader.more = asyncio.Event()
        await until(lambda: peer.heard("batch"))
        await peer.push(pb.Directive(kind=DRAIN))
        await until(lambda: played.messages(HostEventKind.TOLD))
        reader.more.set()

    play(reader, meanwhile, once=False)
    assert peer.delivered() == [f"dice-{number}" for number in range(5)]
    assert len(peer.heard("finish")) == 1
    assert all(list(claim.platforms) != ["dice", "indeed"] for claim in peer.heard("claim")[1:])


def test_heeds_what_the_welcome_says_holds(play: Any, peer: Any) -> None:
    peer.welcome.directives.append(pb.Directive(kind=PAUSE, platform="dice"))
    peer.assignments = []
    play(Board())
    assert [list(said.platforms) for said in peer.heard("claim")] == [["indeed"]]


def test_never_has_more_on_the_way_than_the_window_allows(play: Any, peer: Any) -> None:
    on_the_way: list[int] = []
    waiting: list[Any] = []

    async def slowly(said: Any) -> Any:
        waiting.append(said)
        await asyncio.sleep(0)
        on_the_way.append(len(peer.heard("batch")) - len(on_the_way))
        if len(on_the_way) == 3:
            await peer.push(pb.Credits(window=1))
        return peer.usual(said)

    peer.welcome.window = 2
    peer.answers = {"batch": slowly}
    play(Board(40))
    assert len(on_the_way) == 20
    assert max(on_the_way) <= 2


def test_a_session_ended_before_its_boards_begin_is_not_read() -> None:
    standing = Standing()
    standing.begin(
        [pb.Directive(kind=TERMINATE, session_id="s"), pb.Directive(kind=TERMINATE, session_id="t", platform="p")]
    )
    for session, platform, ended in (("s", "p", True), ("t", "p", True), ("t", "q", False)):
        with standing.at_work(session, platform) as stop:
            assert stop.is_set() is ended
    assert standing.session_ended("s")
    assert not standing.session_ended("t")


def test_a_pause_holds_for_its_scope_until_resumed_or_a_new_welcome() -> None:
    standing = Standing()
    standing.heed(pb.Directive(kind=PAUSE))
    assert not standing.may_claim("dice")
    standing.heed(pb.Directive(kind=RESUME))
    standing.heed(pb.Directive(kind=PAUSE, session_id="s"))
    assert (standing.may_claim("dice"), standing.may_read("s", "dice"), standing.may_read("t", "dice")) == (
        True,
        False,
        True,
    )
    standing.begin([])
    assert standing.may_read("s", "dice")
