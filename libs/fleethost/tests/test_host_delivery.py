"""What a host has read is delivered, late if need be, or set aside; nothing stops anything else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import session_pb2
from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.folder.reader import FolderReader
from blacklight_fleethost.link import HostRefused, LeaseStarved
from blacklight_fleethost.reader import NothingThere, PlatformFailed, Search
from blacklight_fleethost.refused import Refused
from blacklight_fleethost.spool import Spool, SpooledBatch
from blacklight_testkit.faults import guards

ENDED = "01a20000-0000-7000-8000-0000000000e1"


class Board:
    """Yields the drafts it was given, then raises what it was given."""

    def __init__(self, *drafts: PostingDraft, error: Exception | None = None, platforms: Any = None) -> None:
        self.drafts = drafts
        self.error = error
        self.searches: list[Search] = []

    async def read(self, search: Search, platform: str) -> AsyncIterator[PostingDraft]:
        self.searches.append(search)
        for draft in self.drafts:
            yield draft
        if self.error is not None:
            raise self.error


class OnlyIndeed(Board):
    """Serves one board."""

    async def platforms(self) -> frozenset[str]:
        return frozenset({"indeed"})


def posting(number: int, **changes: str) -> PostingDraft:
    return PostingDraft(platform_job_id=f"j{number}", title="T", **changes)


def spool_late(folder: Path, count: int = 1) -> None:
    spool = Spool(folder / "spool")
    spool.resume(ENDED, 7, 0)
    for number in range(count):
        late = posting(100 + number)
        spool.add(ENDED, "dice", PostingDrafts(postings=[late]).SerializeToString(), [late.SerializeToString()])
    spool.close()


def left(folder: Path) -> int:
    spool = Spool(folder / "spool")
    try:
        return spool.depth().batches
    finally:
        spool.close()


@guards(
    "F-23",
    file="libs/fleethost/src/blacklight_fleethost/board_work.py",
    old="            digest = digest_of(draft.SerializeToString(deterministic=True))\n",
    new="            digest = digest_of(draft.url.encode()); sent_before[digest] += 1\n",
)
def test_f23_postings_that_share_an_address_are_all_delivered(play: Any, peer: Any) -> None:
    play(Board(*[posting(number, url="https://b.example/search") for number in range(3)]))
    assert peer.delivered() == ["j0", "j1", "j2"]


def test_gives_a_reader_all_that_is_to_be_searched_for(play: Any, peer: Any) -> None:
    peer.assignments = [
        peer.assignment(aliases=["RN"], location="Austin", candidate_query="icu", search_queries=["icu", "nurse"])
    ]
    board = Board(posting(1))
    play(board)
    assert board.searches == [Search("Nurse", ("RN",), "Austin", "icu", ("icu", "nurse"))]
    assert board.searches[0].names == ["Nurse", "RN"]


def test_delivers_what_was_read_before_the_board_failed(play: Any, peer: Any) -> None:
    failed = PlatformFailed(session_pb2.FAILURE_REASON_NETWORK, "cut")
    play(Board(*[posting(number) for number in range(3)], error=failed))
    assert peer.delivered() == ["j0", "j1", "j2"]
    [report] = peer.heard("report")
    assert (report.outcome, report.batches) == (session_pb2.PLATFORM_RUN_STATE_FAILED, 2)


@guards(
    "F-08",
    file="libs/fleethost/src/blacklight_fleethost/board_work.py",
    old="            empty = session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED\n",
    new="            empty = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED\n",
)
def test_f08_nothing_is_a_success_only_on_the_boards_own_word(play: Any, peer: Any) -> None:
    play(Board())
    peer.assignments = [peer.assignment()]
    play(Board(error=NothingThere()))
    peer.assignments = [peer.assignment()]
    play(OnlyIndeed(posting(1)))
    assert [said.outcome for said in peer.heard("report")] == [
        session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED,
        session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED,
        session_pb2.PLATFORM_RUN_STATE_FAILED,
    ]
    assert [list(said.platforms) for said in peer.heard("claim")][-1] == ["indeed"]


@pytest.mark.parametrize("broken", ["platforms", "draft", "read"])
def test_a_reader_that_breaks_ends_its_board_and_not_the_host(play: Any, peer: Any, broken: str) -> None:
    class Broken(Board):
        async def read(self, search: Search, platform: str) -> AsyncIterator[PostingDraft]:
            if broken == "read":
                raise ZeroDivisionError
            yield {"title": "T"} if broken == "draft" else posting(1)  # type: ignore[misc]

    class Mute(Broken):
        async def platforms(self) -> frozenset[str]:
            raise ZeroDivisionError

    if broken == "platforms":
        peer.welcome.open_sessions.append(pb.OpenSession(assignment=peer.assignments.pop()))
    play(Mute() if broken == "platforms" else Broken())
    assert [said.outcome for said in peer.heard("report")] == [session_pb2.PLATFORM_RUN_STATE_FAILED]
    assert len(peer.heard("finish")) == 1


@pytest.mark.parametrize("reason", ["ALREADY_REPORTED", "SESSION_ENDED"])
def test_a_board_that_has_an_outcome_already_keeps_it(play: Any, peer: Any, reason: str) -> None:
    peer.answers = {"report": lambda _: peer.refusal(reason)}
    played = play(Board(posting(1)))
    assert peer.kinds().count("report") == 1
    assert peer.kinds().count("abandon") == 0
    assert HostEventKind.SESSION_FINISHED in {event.kind for event in played.told}


def test_reports_as_completed_what_a_spool_that_is_gone_had_delivered(play: Any, peer: Any) -> None:
    def known_better(said: Any) -> Any:
        empty = said.outcome != session_pb2.PLATFORM_RUN_STATE_COMPLETED
        return peer.refusal("NOT_EMPTY") if empty else peer.usual(said)

    peer.answers = {"report": known_better}
    peer.welcome.open_sessions.add(assignment=peer.assignments.pop(), last_acknowledged_sequence=3)
    play(Board(error=NothingThere()))
    assert peer.heard("report")[-1].outcome == session_pb2.PLATFORM_RUN_STATE_COMPLETED
    assert len(peer.heard("finish")) == 1


def test_a_reader_cannot_give_a_reason_that_is_the_platforms_or_none(play: Any, peer: Any) -> None:
    for number in (0, *range(12, max(session_pb2.FailureReason.values()) + 1), 99):
        assert PlatformFailed(number, "x").reason == session_pb2.FAILURE_REASON_UNKNOWN  # type: ignore[arg-type]
    play(Board(error=PlatformFailed(session_pb2.FAILURE_REASON_BLOCKED, "\ud800" * 2000)))
    assert peer.heard("report")[0].message == "?" * 1000


@guards(
    "F-03",
    file="libs/fleethost/src/blacklight_fleethost/claims.py",
    old="            and name not in resting\n",
    new="",
)
def test_f03_a_board_that_failed_rests_whatever_the_platform_says(play: Any, peer: Any, tmp_path: Path) -> None:
    blocked = PlatformFailed(session_pb2.FAILURE_REASON_BLOCKED, "403")
    played = play(Board(error=blocked))
    first, *others = [list(said.platforms) for said in peer.heard("claim")]
    assert first == ["dice", "indeed"]
    assert others
    assert all(other == ["indeed"] for other in others)
    assert "for 1800 s: 403" in played.messages(HostEventKind.BOARD_RESTS)
    peer.assignments = [peer.assignment()]
    peer.said.clear()
    play(Board(error=blocked))
    assert list(peer.heard("claim")[0].platforms) == ["indeed"], "a new process of the host keeps to it"


@guards(
    "F-06",
    file="libs/fleethost/src/blacklight_fleethost/claims.py",
    old="            self._refusals += 1\n",
    new="            raise RuntimeError(answer.refusal.reason)\n",
)
def test_f06_a_claim_that_fails_stops_no_delivery(play: Any, peer: Any, tmp_path: Path, until: Any) -> None:
    spool_late(tmp_path, 3)
    peer.answers = {"claim": lambda _: peer.refusal("UNAVAILABLE")}

    async def meanwhile(host: Any, played: Any) -> None:
        await until(lambda: len(peer.heard("batch")) == 3 and len(peer.heard("claim")) >= 2)
        host.drain()

    played = play(Board(posting(1)), meanwhile, once=False)
    assert peer.delivered() == ["j100", "j101", "j102"]
    assert peer.kinds().index("batch") <= 2, "what is spooled does not wait for the claims"
    assert left(tmp_path) == 0
    assert "UNAVAILABLE" in played.messages(HostEventKind.CLAIM_REFUSED)[0]
    assert peer.connections == 1


@guards(
    "F-15",
    file="libs/fleethost/src/blacklight_fleethost/delivery.py",
    old="        said = self._tools.kept.refused.keep(batch, reason)\n",
    new="        said = reason\n",
)
def test_f15_what_is_refused_for_good_is_told_and_can_be_delivered_anew(play: Any, peer: Any, tmp_path: Path) -> None:
    spool_late(tmp_path, 2)
    peer.answers = {"batch": lambda said: peer.refusal("SESSION_ENDED") if said.sequence == 1 else peer.usual(said)}
    peer.assignments = []
    played = play(Board())
    assert left(tmp_path) == 0
    [said] = played.messages(HostEventKind.BATCH_SET_ASIDE)
    assert said.startswith("SESSION_ENDED; 1 postings are in ")
    again = FolderReader(tmp_path / "spool" / "refused", print)

    async def collect() -> list[str]:
        return [draft.platform_job_id async for draft in again.read(Search("any"), "dice")]

    assert asyncio.run(collect()) == ["j100"]


@guards(
    "F-15",
    file="libs/fleethost/src/blacklight_fleethost/shift.py",
    old="            if session_id not in open_ones:\n",
    new="            if session_id in open_ones:\n",
)
def test_f15_a_spool_can_be_sent_later_without_reading(play: Any, peer: Any, tmp_path: Path) -> None:
    spool_late(tmp_path, 2)
    play(Board(), deliver=True)
    assert peer.kinds() == ["hello", "batch", "batch"]
    assert [said.fencing_token for said in peer.heard("batch")] == [7, 7]
    assert left(tmp_path) == 0


def test_keeps_what_is_spooled_while_nobody_acknowledges_it(play: Any, peer: Any, tmp_path: Path) -> None:
    spool_late(tmp_path, 2)
    peer.answers = {"batch": lambda _: None}

    async def meanwhile(host: Any, played: Any) -> None:
        while peer.connections < 3:
            await asyncio.sleep(0.01)
        host.drain()

    peer.assignments = []
    play(Board(), meanwhile)
    assert left(tmp_path) == 2


def test_sets_aside_what_a_lost_session_does_not_take(play: Any, peer: Any, tmp_path: Path) -> None:
    peer.answers = {"batch": lambda _: peer.refusal("UNKNOWN_PLATFORM")}
    played = play(Board(posting(1), posting(2)))
    assert left(tmp_path) == 0
    assert len(list((tmp_path / "spool" / "refused").glob("*.json"))) == 1
    assert played.messages(HostEventKind.SESSION_LOST) == ["UNKNOWN_PLATFORM: no"]
    [abandoned] = peer.heard("abandon")
    assert abandoned.failure_reason == session_pb2.FAILURE_REASON_UNKNOWN


def test_gives_a_session_up_that_stays_out_of_step(play: Any, peer: Any) -> None:
    peer.answers = {"batch": lambda _: peer.refusal("SEQUENCE_GAP")}
    peer.welcome.open_sessions.append(pb.OpenSession(assignment=peer.assignments.pop()))
    played = play(Board(posting(1)))
    assert peer.connections == 5
    assert played.messages(HostEventKind.SESSION_LOST) == ["SEQUENCE_GAP: no"]


@guards(
    "F-01",
    file="libs/fleethost/src/blacklight_fleethost/claims.py",
    old="        claim = Claim(claim_id=self._claim_id, platforms=platforms)\n",
    new="        claim = Claim(claim_id=str(uuid4()), platforms=platforms)\n",
)
def test_f01_a_claim_whose_answer_was_lost_is_made_again_under_its_id(play: Any, peer: Any) -> None:
    def lost(said: Any) -> Any:
        if len(peer.heard("claim")) > 1:
            return peer.usual(said)
        [granted] = peer.usual(said).assignments.assignments
        peer.welcome.open_sessions.append(pb.OpenSession(assignment=granted))
        return None

    peer.answers = {"claim": lost}
    play(Board(posting(1)))
    first, again, *_ = [said.claim_id for said in peer.heard("claim")]
    assert first == again
    assert len(peer.heard("finish")) == 1, "a session that both the welcome and the claim name is worked once"


def test_f15_refused_batches_take_bounded_room(tmp_path: Path) -> None:
    refused = Refused(tmp_path, most_bytes=1000)
    drafts = PostingDrafts(postings=[posting(1, description="x" * 300)]).SerializeToString()
    for sequence in range(1, 6):
        said = refused.keep(SpooledBatch(ENDED, sequence, "dice", drafts), "SESSION_ENDED")
    kept = sorted((tmp_path / "refused").glob("*.json"))
    assert [json.loads(file.read_text())["sequence"] for file in kept] == [4, 5]
    assert said.endswith("1 older files went")
    assert "damaged" in refused.keep(SpooledBatch(ENDED, 6, "dice", b"\xff"), "BAD")


def test_says_when_there_is_work_and_no_account(play: Any, peer: Any) -> None:
    standing = pb.PlatformStanding(platform="dice", reason=pb.NOTHING_REASON_NO_CREDENTIAL)
    peer.answers = {"claim": lambda said: pb.ConnectResponse(nothing=pb.NothingToClaim(platforms=[standing]))}
    with pytest.raises(LeaseStarved):
        play(Board())


def test_does_not_come_again_when_it_is_not_admitted(play: Any, peer: Any) -> None:
    peer.answers = {"hello": lambda _: peer.refusal("UNSUPPORTED_PROTOCOL")}
    with pytest.raises(HostRefused, match="UNSUPPORTED_PROTOCOL"):
        play(Board())
    assert peer.connections == 1
