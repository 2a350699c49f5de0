"""The stream, message by message, over a real server and database: what each is answered, and why it is refused."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import session_pb2
from blacklight_scraper.fleet.servicer import FleetServicer
from blacklight_testkit.faults import guards
from sqlalchemy import text

CONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED


def hello(**said: Any) -> pb.ConnectRequest:
    return pb.ConnectRequest(hello=pb.Hello(**{"host_name": "host-1", "agent_version": "2.1", **said}))


def fleet_of(scraper: Any) -> FleetServicer:
    [found] = [each for each in scraper.app.parts.servicers if isinstance(each, FleetServicer)]
    return found


def hosts(scraper: Any) -> list[Any]:
    return scraper.rows("SELECT * FROM scraper.hosts ORDER BY host_name")


def happened(scraper: Any) -> list[str]:
    return [row.kind for row in scraper.rows("SELECT kind FROM scraper.fleet_events ORDER BY event_id")]


def until(look: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)


def held(assignment: pb.Assignment) -> dict[str, Any]:
    return {"session_id": assignment.session_id, "fencing_token": assignment.fencing_token}


@pytest.fixture
def connected(scraper: Any) -> Callable[..., Any]:
    """`connected(host_name=…)`: a stream of a key on both platforms, and its welcome."""
    secret = scraper.add_key()

    def connect(**said: Any) -> tuple[Any, pb.Welcome]:
        stream = scraper.connect(secret)
        return stream, stream.ask(hello(**said)).welcome

    return connect


def test_welcomes_a_host_with_all_it_needs_to_begin(scraper: Any, connected: Any) -> None:
    _, welcome = connected(oldest_protocol=1, newest_protocol=9, capabilities=["leases", "directives", "telepathy"])
    assert list(welcome.platforms) == ["dice", "indeed"]
    assert (welcome.protocol, list(welcome.capabilities)) == (1, ["directives", "leases"])
    assert (welcome.window, welcome.window_bytes, welcome.max_batch_postings) == (8, 4 * 1024 * 1024, 200)
    assert (welcome.heartbeat_seconds, welcome.late_batch_hours) == (15, 24)
    assert not welcome.open_sessions
    assert not welcome.directives


def test_refuses_a_host_of_another_protocol_and_ends_its_stream(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key())
    assert stream.ask(hello(oldest_protocol=2, newest_protocol=3)).refusal.reason == "UNSUPPORTED_PROTOCOL"
    with pytest.raises(StopIteration):
        stream.receive()
    assert hosts(scraper) == []


@pytest.mark.parametrize("said", [{"host_name": ""}, {"host_name": "a\x00b"}, {"capabilities": ["a", "a"]}])
def test_refuses_a_hello_at_fault_and_ends_the_stream(scraper: Any, said: dict[str, Any]) -> None:
    stream = scraper.connect(scraper.add_key())
    refusal = stream.ask(hello(**said)).refusal
    assert (refusal.reason, refusal.field.partition("[")[0]) == ("INVALID_FIELD", next(iter(said)))
    with pytest.raises(StopIteration):
        stream.receive()


def test_knows_a_host_from_its_hello_on_and_that_it_has_gone(scraper: Any, connected: Any) -> None:
    stream, _ = connected(capabilities=["leases"])
    [row] = hosts(scraper)
    assert (row.host_name, row.agent_version, row.protocol, row.capabilities) == ("host-1", "2.1", 1, ["leases"])
    assert row.stream_id is not None
    stream.close()
    until(lambda: hosts(scraper)[0].stream_id is None)
    assert happened(scraper) == ["host.connected", "host.disconnected"]


def test_a_stream_that_ends_late_leaves_the_newer_one_its_place(scraper: Any, connected: Any) -> None:
    connected()
    [older] = fleet_of(scraper)._streams.values()
    connected()
    newer = hosts(scraper)[0].stream_id
    fleet_of(scraper)._fleet.detach([older.held])
    assert hosts(scraper)[0].stream_id == newer


def test_a_heartbeat_is_a_sign_of_life_of_the_host_and_its_sessions(scraper: Any, connected: Any, clock: Any) -> None:
    scraper.add_role()
    stream, _ = connected()
    assignment = stream.assignment()
    before = scraper.session(assignment.session_id).last_seen_time.ToDatetime()
    clock.advance(timedelta(minutes=5))
    assert stream.ask(pb.ConnectRequest(heartbeat=pb.Heartbeat())).HasField("heartbeat")
    after = scraper.session(assignment.session_id).last_seen_time.ToDatetime()
    assert after - before >= timedelta(minutes=5)
    assert hosts(scraper)[0].last_seen_time.replace(tzinfo=None) >= after - timedelta(seconds=1)


def test_ends_a_stream_whose_host_has_begun_another_elsewhere(scraper: Any, connected: Any, failure_of: Any) -> None:
    scraper.add_role()
    stream, _ = connected()
    session_id = stream.assignment().session_id
    seen = scraper.session(session_id).last_seen_time
    with scraper.app.database.platform_transaction() as session:
        session.execute(text("UPDATE scraper.hosts SET stream_id = :other"), {"other": uuid4()})
    stream.send(pb.ConnectRequest(heartbeat=pb.Heartbeat()))
    failure = failure_of(stream.receive)
    assert (failure.code, failure.reason) == ("ABORTED", "TAKEN_OVER")
    assert scraper.session(session_id).last_seen_time == seen


@guards(
    "F-21",
    file="services/scraper/src/blacklight_scraper/fleet/stream.py",
    old="            open_sessions=opened,\n",
    new="",
)
def test_f21_a_host_started_again_goes_on_with_what_it_had(scraper: Any, connected: Any, draft: Any) -> None:
    scraper.add_role()
    stream, _ = connected()
    assignment = stream.assignment()
    stream.batch(assignment, 1, draft(1))
    stream.report(assignment, assignment.platforms[1], CONFIRMED)
    again, welcome = connected()
    [opened] = welcome.open_sessions
    assert opened.assignment.session_id == assignment.session_id
    assert opened.assignment.fencing_token > assignment.fencing_token
    assert (opened.last_acknowledged_sequence, list(opened.reported_platforms)) == (1, [assignment.platforms[1]])
    assert again.batch(opened.assignment, 2).HasField("acknowledgement")


def test_a_stale_stream_of_the_same_host_can_write_nothing(scraper: Any, connected: Any) -> None:
    scraper.add_role()
    stream, _ = connected()
    stale = stream.assignment()
    again, _ = connected()
    platform = stale.platforms[0]
    assert again.batch(stale, 1).refusal.reason == "STALE_FENCING_TOKEN"
    assert again.report(stale, platform, CONFIRMED).refusal.reason == "STALE_FENCING_TOKEN"
    assert again.finish(stale).refusal.reason == "STALE_FENCING_TOKEN"
    assert scraper.rows("SELECT 1 FROM scraper.batches") == []
    assert {run.state for run in scraper.session(stale.session_id).platforms} == {1}


@guards(
    "F-25",
    file="services/scraper/src/blacklight_scraper/fleet/encoding.py",
    old="        reason=view.reason,\n",
    new='        reason="REFUSED",\n',
)
def test_f25_tells_programs_why_and_which_message_it_refuses(scraper: Any, connected: Any) -> None:
    scraper.add_role()
    stream, _ = connected()
    assignment = stream.assignment()
    unknown, token, platform = str(uuid4()), assignment.fencing_token, assignment.platforms[0]
    cases: list[tuple[dict[str, Any], str, dict[str, object]]] = [
        ({"claim": pb.Claim(claim_id=unknown, platforms=["monster"])}, "PLATFORM_NOT_ALLOWED", {"claim_id": unknown}),
        (
            {"report": pb.PlatformReport(session_id=unknown, fencing_token=1, platform=platform, outcome=CONFIRMED)},
            "SESSION_NOT_FOUND",
            {"session_id": unknown, "platform": platform},
        ),
        (
            {"report": pb.PlatformReport(**held(assignment), platform="monster", outcome=CONFIRMED)},
            "UNKNOWN_PLATFORM",
            {"session_id": assignment.session_id, "platform": "monster"},
        ),
        (
            {"report": pb.PlatformReport(**held(assignment), platform=platform, outcome=5)},
            "FAILURE_REASON_MISSING",
            {"session_id": assignment.session_id, "platform": platform},
        ),
        (
            {"report": pb.PlatformReport(**held(assignment), platform=platform, outcome=2)},
            "NOTHING_RECEIVED",
            {"session_id": assignment.session_id},
        ),
        (
            {"finish": pb.FinishSession(session_id=assignment.session_id, fencing_token=token + 1)},
            "STALE_FENCING_TOKEN",
            {"session_id": assignment.session_id},
        ),
        ({"finish": pb.FinishSession(**held(assignment))}, "NOT_ALL_REPORTED", {"session_id": assignment.session_id}),
        ({"claim": pb.Claim(claim_id="x")}, "INVALID_FIELD", {"claim_id": "x", "field": "claim_id"}),
        (
            {"lease": pb.LeaseReport(credential_id=unknown, lease_token="t", release=pb.LeaseRelease())},
            "LEASE_LOST",
            {"credential_id": unknown},
        ),
        (
            {"lease": pb.LeaseReport(credential_id=unknown, lease_token=unknown, heartbeat=pb.LeaseHeartbeat())},
            "LEASE_LOST",
            {"credential_id": unknown},
        ),
    ]
    for message, reason, named in cases:
        refusal = stream.ask(pb.ConnectRequest(**message)).refusal
        assert refusal.reason == reason
        assert {name: getattr(refusal, name) for name in named} == named
        assert refusal.message


def test_refuses_a_lease_report_without_an_action(connected: Any) -> None:
    stream, _ = connected()
    report = pb.LeaseReport(credential_id=str(uuid4()), lease_token="t")
    assert stream.ask(pb.ConnectRequest(lease=report)).refusal.reason == "INVALID_FIELD"


@guards(
    "P-35",
    file="services/scraper/src/blacklight_scraper/intake/service.py",
    old='waiting = [{"batch_id": str(batch.batch_id)} for',
    new='waiting = [{"batch_id": str(batch.batch_id), "drafts": batch.payload.decode("latin-1")} for',
)
def test_p35_stores_the_postings_once_and_lets_ids_travel(scraper: Any, connected: Any, draft: Any) -> None:
    scraper.add_role()
    stream, _ = connected()
    assignment = stream.assignment()
    message = draft(1, description="a text found nowhere else")
    assert stream.batch(assignment, 1, message).HasField("acknowledgement")
    tables = scraper.rows(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'scraper'::regnamespace"
        " AND has_table_privilege(oid, 'SELECT') AND relname <> 'batches'"
    )
    assert len(tables) > 10
    for table in tables:
        assert scraper.rows(f"SELECT 1 FROM scraper.{table.name} AS t WHERE t::text LIKE '%found nowhere else%'") == []
    [batch] = scraper.rows("SELECT payload, sha256 FROM scraper.batches")
    assert bytes(batch.payload).count(b"found nowhere else") == 1
    assert hashlib.sha256(bytes(batch.payload)).digest() == bytes(batch.sha256)


def test_hosts_heartbeats_and_claims_do_not_wait_for_another_hosts_batches(
    scraper: Any, connected: Any, batch_of: Any, draft: Any
) -> None:
    scraper.add_role()
    scraper.add_role("Nurse")
    busy, _ = connected(host_name="busy")
    assignment = busy.assignment("dice")
    other, _ = connected(host_name="other")
    with scraper.app.database.platform_transaction() as session:
        # Nothing of the busy host's session can be committed while this row is locked.
        session.execute(text("SELECT 1 FROM scraper.sessions WHERE session_id = :id FOR UPDATE"), {
            "id": UUID(assignment.session_id)
        })  # fmt: skip
        for sequence in range(1, 20):
            busy.send(batch_of(assignment, sequence, [draft(sequence)]))
        until(lambda: fleet_of(scraper)._shared.budget.used > 0)
        assert other.ask(pb.ConnectRequest(heartbeat=pb.Heartbeat())).HasField("heartbeat")
        assert other.claim("indeed").HasField("assignments")
    assert [busy.receive().acknowledgement.sequence for _ in range(19)] == list(range(1, 20))


def test_ends_streams_when_the_server_stops_so_that_hosts_go_elsewhere(
    scraper: Any, connected: Any, failure_of: Any
) -> None:
    stream, _ = connected()
    scraper.app.loop.run(fleet_of(scraper).drain())
    failure = failure_of(stream.receive)
    assert (failure.code, failure.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    assert hosts(scraper)[0].stream_id is None
