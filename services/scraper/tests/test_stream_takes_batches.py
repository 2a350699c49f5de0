"""The stream over a real server and database: numbers, contents, postings one by one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from blacklight.scraper.v1 import fleet_service_pb2, session_pb2


@pytest.fixture
def worked(scraper: Any) -> Any:
    """A stream with an assignment."""
    scraper.add_role()
    secret = scraper.add_key()
    stream = scraper.connect(secret)
    stream.hello()
    return stream, stream.assignment(), secret


def test_acknowledges_a_batch_that_is_committed_and_stores_its_payload_once(scraper: Any, worked: Any) -> None:
    stream, assignment, _ = worked
    answer = stream.batch(assignment, 1).acknowledgement
    assert (answer.sequence, answer.accepted, list(answer.refused)) == (1, 1, [])
    [row] = scraper.rows("SELECT received, accepted, state, payload FROM scraper.batches")
    assert (row.received, row.accepted, row.state) == (1, 1, 1)
    events = scraper.rows("SELECT payload FROM scraper.outbox WHERE kind = 'batch.committed'")
    assert len(events) == 1
    assert "Java Developer" not in str(events)


def test_answers_a_gap_with_the_number_expected_and_takes_nothing(scraper: Any, worked: Any) -> None:
    stream, assignment, _ = worked
    stream.batch(assignment, 1)
    refusal = stream.batch(assignment, 3).refusal
    assert (refusal.reason, refusal.field, refusal.expected_sequence) == ("SEQUENCE_GAP", "sequence", 2)
    assert len(scraper.rows("SELECT 1 FROM scraper.batches")) == 1
    assert stream.batch(assignment, 2).acknowledgement.sequence == 2


def test_acknowledges_a_repeated_batch_again_without_storing_it_again(scraper: Any, worked: Any, draft: Any) -> None:
    stream, assignment, _ = worked
    drafts = [draft(1), draft(2, title="")]
    first = stream.batch(assignment, 1, *drafts)
    again = stream.batch(assignment, 1, *drafts)
    assert first == again
    assert again.acknowledgement.refused[0].index == 1
    assert len(scraper.rows("SELECT 1 FROM scraper.batches")) == 1
    assert len(scraper.rows("SELECT 1 FROM scraper.outbox WHERE kind = 'batch.committed'")) == 1


def test_refuses_other_content_under_a_number_that_is_taken(worked: Any, draft: Any) -> None:
    stream, assignment, _ = worked
    stream.batch(assignment, 1)
    refusal = stream.batch(assignment, 1, draft(99)).refusal
    assert (refusal.reason, refusal.expected_sequence) == ("SEQUENCE_REUSED", 2)


def test_refuses_a_batch_for_another_keys_session(scraper: Any, worked: Any) -> None:
    _, assignment, _ = worked
    other = scraper.connect(scraper.add_key("other"))
    other.hello("host-2")
    assert other.batch(assignment, 1).refusal.reason == "SESSION_NOT_FOUND"
    assert scraper.rows("SELECT 1 FROM scraper.batches") == []


def test_answers_a_session_that_never_was_like_another_keys(worked: Any) -> None:
    stream, assignment, _ = worked
    refusal = stream.batch(assignment, 1, session_id=str(uuid4())).refusal
    assert (refusal.reason, refusal.field) == ("SESSION_NOT_FOUND", "session_id")


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"platform": "monster"}, "UNKNOWN_PLATFORM", "platform"),
        ({"sha256": bytes(32)}, "CHECKSUM_MISMATCH", "sha256"),
        ({"sha256": b"short"}, "INVALID_FIELD", "sha256"),
        ({"fencing_token": 7}, "STALE_FENCING_TOKEN", "fencing_token"),
        ({"session_id": "x"}, "INVALID_FIELD", "session_id"),
        ({"drafts": b""}, "INVALID_FIELD", "drafts"),
    ],
)
def test_refuses_a_batch_at_fault_naming_the_field(worked: Any, changes: Any, reason: str, field: str) -> None:
    stream, assignment, _ = worked
    refusal = stream.batch(assignment, 1, **changes).refusal
    assert (refusal.reason, refusal.field, refusal.sequence) == (reason, field, 1)
    assert stream.batch(assignment, 1).HasField("acknowledgement")


def test_refuses_bytes_that_are_no_drafts(worked: Any) -> None:
    import hashlib

    stream, assignment, _ = worked
    junk = b"\x0a\xff\xff"
    refusal = stream.batch(assignment, 1, drafts=junk, sha256=hashlib.sha256(junk).digest()).refusal
    assert (refusal.reason, refusal.field) == ("UNREADABLE_DRAFTS", "drafts")


def test_refuses_a_batch_of_more_postings_than_the_welcome_said(worked: Any, draft: Any) -> None:
    stream, assignment, _ = worked
    refusal = stream.batch(assignment, 1, *(draft(number) for number in range(201))).refusal
    assert (refusal.reason, refusal.field) == ("BATCH_SIZE", "drafts")


def test_refuses_postings_one_by_one_and_takes_the_others(scraper: Any, worked: Any, draft: Any) -> None:
    stream, assignment, _ = worked
    answer = stream.batch(
        assignment,
        1,
        draft(1),
        draft(2, title=""),
        draft(3, description="x" * 1_000_000),
        draft(4, posted_date="14/03/2026"),
        draft(5, url="not an address"),
        draft(6, posted_date="2026-03-14T09:26:53Z"),
    ).acknowledgement
    assert answer.accepted == 2
    assert [(refused.index, refused.field) for refused in answer.refused] == [
        (1, "title"),
        (2, "description"),
        (3, "posted_date"),
        (4, "url"),
    ]
    assert all(refused.reason and refused.message for refused in answer.refused)
    run = scraper.session(assignment.session_id).platforms[0]
    assert (run.received, run.rejected) == (6, 4)


def test_settles_a_batch_of_refused_postings_at_once(scraper: Any, worked: Any, draft: Any) -> None:
    stream, assignment, _ = worked
    assert stream.batch(assignment, 1, draft(1, title="")).acknowledgement.accepted == 0
    assert scraper.rows("SELECT 1 FROM scraper.outbox WHERE kind = 'batch.committed'") == []
    assert scraper.rows("SELECT state FROM scraper.batches")[0].state == 2


def test_ends_a_stream_that_does_not_begin_with_a_hello(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key())
    heartbeat = fleet_service_pb2.ConnectRequest(heartbeat=fleet_service_pb2.Heartbeat())
    assert stream.ask(heartbeat).refusal.reason == "HELLO_EXPECTED"
    with pytest.raises(StopIteration):
        stream.receive()


def test_goes_on_after_a_refused_message(worked: Any) -> None:
    stream, assignment, _ = worked
    assert stream.ask(fleet_service_pb2.ConnectRequest()).refusal.reason == "EMPTY_MESSAGE"
    hello = fleet_service_pb2.ConnectRequest(hello=fleet_service_pb2.Hello(host_name="again"))
    assert stream.ask(hello).refusal.reason == "HELLO_REPEATED"
    assert stream.batch(assignment, 1).HasField("acknowledgement")


def test_answers_pipelined_batches_in_order_and_a_report_after_them(worked: Any, batch_of: Any, draft: Any) -> None:
    stream, assignment, _ = worked
    for sequence in range(1, 31):
        stream.send(batch_of(assignment, sequence, [draft(sequence)]))
    report = fleet_service_pb2.PlatformReport(
        session_id=assignment.session_id,
        fencing_token=assignment.fencing_token,
        platform=assignment.platforms[0],
        outcome=session_pb2.PLATFORM_RUN_STATE_COMPLETED,
    )
    stream.send(fleet_service_pb2.ConnectRequest(report=report))
    assert [stream.receive().acknowledgement.sequence for _ in range(30)] == list(range(1, 31))
    assert stream.receive().report.platform == assignment.platforms[0]


def test_takes_a_late_batch_from_a_spool_for_a_day(scraper: Any, worked: Any, clock: Any) -> None:
    from datetime import timedelta

    stream, assignment, _ = worked
    for platform in assignment.platforms:
        stream.report(assignment, platform, session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED)
    stream.finish(assignment)
    sessions = scraper.ends
    from uuid import UUID

    sessions.review(None, session_id=UUID(assignment.session_id))
    assert scraper.session(assignment.session_id).state == session_pb2.SESSION_STATE_COMPLETED
    clock.advance(timedelta(hours=23))
    assert stream.batch(assignment, 1).HasField("acknowledgement")
    clock.advance(timedelta(hours=2))
    assert stream.batch(assignment, 2).refusal.reason == "SESSION_ENDED"


def test_refuses_a_message_of_a_newer_host_and_goes_on(worked: Any) -> None:
    stream, assignment, _ = worked
    newer = fleet_service_pb2.ConnectRequest.FromString(b"\x9a\x06\x03new")  # field 99
    assert stream.ask(newer).refusal.reason == "EMPTY_MESSAGE"
    assert stream.batch(assignment, 1).HasField("acknowledgement")


def test_takes_a_batch_with_fields_of_a_newer_contract_as_it_is(scraper: Any, worked: Any, draft: Any) -> None:
    import hashlib

    stream, assignment, _ = worked
    newer = draft(1).SerializeToString() + b"\x9a\x06\x03new"
    payload = b"\x0a" + bytes([0x80 | len(newer) & 0x7F, len(newer) >> 7]) + newer
    answer = stream.batch(assignment, 1, drafts=payload, sha256=hashlib.sha256(payload).digest())
    assert answer.acknowledgement.accepted == 1
    assert bytes(scraper.rows("SELECT payload FROM scraper.batches")[0].payload) == payload
