"""Directives and credits over a real stream: what is decided reaches the hosts at work, and only them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import platform_service_pb2
from blacklight_scraper.fleet.servicer import FleetServicer
from blacklight_servicekit.caller import Caller, CallerKind
from sqlalchemy import text

ADMIN = Caller(CallerKind.PLATFORM_ADMIN, "01a20000-0000-7000-8000-000000000001")
PAUSE, RESUME, DRAIN, TERMINATE = 1, 2, 3, 4
MEGABYTE = 1024 * 1024


@pytest.fixture
def own_settings() -> dict[str, Any]:
    """Nobody looks by himself: what arrives was notified."""
    return {
        "scraper_board_seconds": 3600,
        "scraper_window_bytes": MEGABYTE,
        "scraper_inflight_bytes": MEGABYTE,
    }


class Steering:
    """What administrators do to hosts and platforms."""

    def __init__(self, scraper: Any) -> None:
        self.scraper = scraper
        [servicer] = [each for each in scraper.app.parts.servicers if isinstance(each, FleetServicer)]
        self.servicer = servicer
        self.hosts = servicer._fleet._hosts

    def host(self, verb: str, host_name: str = "host-1", **said: Any) -> Any:
        [host_id] = self.scraper.rows("SELECT host_id FROM scraper.hosts WHERE host_name = :name", name=host_name)[0]
        return getattr(self.hosts, verb)(ADMIN, host_id=host_id, **said)

    def pause_platform(self, name: str) -> None:
        request = platform_service_pb2.PausePlatformRequest(name=name, pause_reason="the board asks for it")
        self.scraper.platforms.PausePlatform(request, metadata=self.scraper.admin)

    def resume_platform(self, name: str) -> None:
        request = platform_service_pb2.ResumePlatformRequest(name=name)
        self.scraper.platforms.ResumePlatform(request, metadata=self.scraper.admin)

    def session(self, session_id: str, **columns: Any) -> None:
        """Writes a session's columns and says that something has happened, as sessions do."""
        with self.scraper.app.database.platform_transaction() as session:
            for column, value in columns.items():
                session.execute(
                    text(f"UPDATE scraper.sessions SET {column} = :value WHERE session_id = :id"),
                    {"value": value, "id": UUID(session_id)},
                )
            session.execute(text("NOTIFY fleet_scraper"))


@pytest.fixture
def steering(scraper: Any) -> Steering:
    return Steering(scraper)


@pytest.fixture
def host(scraper: Any) -> Callable[..., Any]:
    """`host(name)`: a stream that heeds directives, and its welcome."""
    secret = scraper.add_key()

    def connect(name: str = "host-1", capabilities: tuple[str, ...] = ("directives",)) -> tuple[Any, pb.Welcome]:
        stream = scraper.connect(secret)
        hello = pb.Hello(host_name=name, capabilities=capabilities)
        return stream, stream.ask(pb.ConnectRequest(hello=hello)).welcome

    return connect


def told(stream: Any) -> tuple[int, str, str, str]:
    answer = stream.receive()
    assert answer.HasField("directive"), answer
    said = answer.directive
    return said.kind, said.platform, said.session_id, said.message


def alive(stream: Any) -> bool:
    """Answered by the heartbeat's answer and nothing else: nothing was pushed before it."""
    return bool(stream.ask(pb.ConnectRequest(heartbeat=pb.Heartbeat())).HasField("heartbeat"))


def test_a_hosts_pause_drain_and_resume_reach_it_and_no_other(steering: Steering, host: Any) -> None:
    stream, _ = host()
    other, _ = host("host-2")
    steering.host("pause", reason="maintenance")
    assert told(stream) == (PAUSE, "", "", "maintenance")
    steering.host("drain", reason="moving")
    assert [told(stream)[0], told(stream)] == [RESUME, (DRAIN, "", "", "moving")]
    steering.host("resume")
    assert told(stream)[0] == RESUME
    assert alive(other)


def test_a_platforms_pause_reaches_the_hosts_that_may_work_it(scraper: Any, steering: Steering, host: Any) -> None:
    stream, _ = host()
    other = scraper.connect(scraper.add_key("dice-only", platforms=["dice"]))
    other.ask(pb.ConnectRequest(hello=pb.Hello(host_name="other", capabilities=["directives"])))
    steering.pause_platform("indeed")
    assert told(stream) == (PAUSE, "indeed", "", "the board asks for it")
    steering.resume_platform("indeed")
    assert told(stream)[:2] == (RESUME, "indeed")
    assert alive(other)


def test_a_session_paused_resumed_and_ended_is_told_to_the_host_that_works_it(
    scraper: Any, steering: Steering, host: Any
) -> None:
    scraper.add_role()
    stream, _ = host()
    session_id = stream.assignment().session_id
    steering.session(session_id, paused=True)
    assert told(stream)[:3] == (PAUSE, "", session_id)
    steering.session(session_id, paused=False)
    assert told(stream)[:3] == (RESUME, "", session_id)
    steering.session(session_id, state=6, end_reason="wrong role", end_time="2026-03-14T00:00:00Z")
    assert told(stream) == (TERMINATE, "", session_id, "wrong role")
    steering.pause_platform("dice")
    assert told(stream)[:2] == (PAUSE, "dice")


def test_a_platform_of_a_session_that_was_ended_is_told(scraper: Any, steering: Steering, host: Any) -> None:
    scraper.add_role()
    stream, _ = host()
    session_id = stream.assignment().session_id
    with scraper.app.database.platform_transaction() as session:
        session.execute(text("UPDATE scraper.platform_runs SET state = 5, failure_reason = 13 WHERE platform = 'dice'"))
        session.execute(text("NOTIFY fleet_scraper"))
    assert told(stream)[:3] == (TERMINATE, "dice", session_id)


def test_a_host_that_knows_no_directives_is_told_nothing(steering: Steering, host: Any) -> None:
    heeding, _ = host("heeding")
    stream, welcome = host(capabilities=())
    steering.host("pause", reason="maintenance")
    steering.pause_platform("dice")
    assert told(heeding)[:2] == (PAUSE, "dice")
    assert alive(stream)
    assert not welcome.directives


def test_the_welcome_says_what_holds_and_it_is_not_said_again(steering: Steering, host: Any) -> None:
    host()
    steering.host("pause", reason="maintenance")
    steering.pause_platform("dice")
    again, welcome = host()
    assert {(each.kind, each.platform, each.message) for each in welcome.directives} == {
        (PAUSE, "", "maintenance"),
        (PAUSE, "dice", "the board asks for it"),
    }
    steering.resume_platform("dice")
    assert told(again)[:2] == (RESUME, "dice")


def test_a_paused_host_claims_nothing(scraper: Any, steering: Steering, host: Any) -> None:
    scraper.add_role()
    stream, _ = host()
    steering.host("pause", reason="maintenance")
    assert told(stream)[0] == PAUSE
    nothing = stream.claim().nothing
    assert {each.reason for each in nothing.platforms} == {pb.NOTHING_REASON_HOST_PAUSED}
    steering.host("resume")
    assert told(stream)[0] == RESUME
    assert stream.assignment().session_id


def test_ending_a_hosts_work_tells_it_of_every_session_and_pauses_it(
    scraper: Any, steering: Steering, host: Any
) -> None:
    scraper.add_role()
    stream, _ = host()
    assignment = stream.assignment()
    steering.host("terminate", reason="stolen")
    heard = {told(stream) for _ in range(2)}
    assert heard == {(PAUSE, "", "", "stolen"), (TERMINATE, "", assignment.session_id, "stolen")}
    assert scraper.session(assignment.session_id).state == 6
    assert stream.report(assignment, "dice", 3).refusal.reason == "SESSION_ENDED"


def test_windows_shrink_while_many_deliver_and_grow_back(
    scraper: Any, steering: Steering, host: Any, draft: Any
) -> None:
    scraper.add_role()
    scraper.add_role("Nurse")
    first, welcome = host()
    assert welcome.window_bytes == MEGABYTE
    second, _ = host("host-2")
    theirs = {stream: stream.assignment(platform) for stream, platform in ((first, "dice"), (second, "indeed"))}
    assert first.batch(theirs[first], 1, draft(1)).HasField("acknowledgement")
    answer = second.batch(theirs[second], 1, draft(1))
    assert answer.credits == pb.Credits(window=8, window_bytes=MEGABYTE // 2)
    assert second.receive().HasField("acknowledgement")
    assert first.receive().credits.window_bytes == MEGABYTE // 2
    second.close()
    assert first.receive().credits.window_bytes == MEGABYTE


def test_a_host_is_listed_and_steered_by_id(scraper: Any, steering: Steering, host: Any, clock: Any) -> None:
    scraper.add_role()
    stream, _ = host()
    host("host-2")
    stream.assignment()
    [first, second], token = steering.hosts.list_hosts(
        ADMIN, page_size=0, page_token="", api_key_id=None, connected_only=True
    )
    assert (first.host_name, first.connected, first.open_sessions, second.open_sessions) == ("host-1", True, 1, 0)
    assert token == ""
    [page], token = steering.hosts.list_hosts(ADMIN, page_size=1, page_token="", api_key_id=None, connected_only=False)
    [rest], end = steering.hosts.list_hosts(ADMIN, page_size=1, page_token=token, api_key_id=None, connected_only=False)
    assert (page.host_name, rest.host_name, end) == ("host-1", "host-2", "")
    clock.advance(timedelta(minutes=2))
    silent, _ = steering.hosts.list_hosts(ADMIN, page_size=0, page_token="", api_key_id=None, connected_only=True)
    assert silent == []
    assert not steering.hosts.get(ADMIN, host_id=first.host_id).connected


def test_steering_a_host_is_audited_and_noted_once(scraper: Any, steering: Steering, host: Any) -> None:
    host()
    for _ in range(2):
        assert steering.host("pause", reason="maintenance").state_reason == "maintenance"
    audited = scraper.rows("SELECT action FROM scraper.audit_log WHERE action LIKE 'host.%'")
    assert [row.action for row in audited] == ["host.paused"]
    noted = scraper.rows("SELECT kind, detail FROM scraper.fleet_events WHERE kind LIKE 'host.%' ORDER BY event_id")
    assert [row.kind for row in noted] == ["host.connected", "host.paused"]
