"""The fleet's stream through Envoy: nothing that is acknowledged is lost or doubled, and what is wrong is named."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from google.rpc import error_details_pb2
from grpc_status import rpc_status

LINES = 800


@pytest.fixture(scope="module", autouse=True)
def revoked(fleet: Any) -> tuple[Any, Any]:
    """A key that was revoked while its stream was open: first of all, for that is felt some seconds later."""
    key = fleet.key()
    stream, _ = fleet.at_work(key)
    fleet.admin.post(f"/v1/fleet/api-keys/{key.api_key_id}:revoke")
    return key, stream


def _run(session: dict[str, Any]) -> dict[str, Any]:
    [run] = session["platforms"]
    return dict(run)


def _counts(session: dict[str, Any]) -> dict[str, int]:
    return {name: _run(session)[name] for name in ("received", "new", "refreshed", "duplicate", "rejected")}


def _job_ids(fleet: Any, platform: str) -> Counter[str]:
    return Counter(posting["platform_job_id"] for posting in fleet.postings(platform))


def _ended_with(call: Any) -> tuple[grpc.StatusCode, str]:
    """The code and reason with which a stream ends."""
    with pytest.raises(grpc.RpcError) as caught:
        for _ in call:
            pass
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]
    info = error_details_pb2.ErrorInfo()
    reason = next((info.reason for detail in (status.details if status else ()) if detail.Unpack(info)), "")
    return caught.value.code(), reason  # type: ignore[attr-defined]


def test_a_hosts_postings_are_visible_and_its_session_completes(fleet: Any, draft: Any, batch: Any) -> None:
    key = fleet.key()
    stream = fleet.connect(key.secret)
    welcome = stream.hello()
    assert list(welcome.platforms) == [key.platform]
    assert not welcome.open_sessions
    assignment = stream.claim()
    assert (assignment.role_name, list(assignment.platforms)) == (fleet.role_name, [key.platform])
    for sequence in (1, 2):
        drafts = [draft(key, 10 * sequence + number) for number in range(10)]
        taken = stream.ask(batch(assignment, sequence, drafts)).acknowledgement
        assert (taken.sequence, taken.accepted, list(taken.refused)) == (sequence, 10, [])
    assert stream.finish(assignment).session_id == assignment.session_id
    session = fleet.ended(assignment.session_id)
    assert session["state"] == "SESSION_STATE_COMPLETED"
    assert _run(session)["state"] == "PLATFORM_RUN_STATE_COMPLETED"
    assert _counts(session) == {"received": 20, "new": 20, "refreshed": 0, "duplicate": 0, "rejected": 0}
    assert _job_ids(fleet, key.platform) == Counter(f"{key.platform}-{number}" for number in range(10, 30))


def test_a_posting_at_fault_is_named_and_the_others_of_its_batch_are_taken(fleet: Any, draft: Any, batch: Any) -> None:
    key = fleet.key()
    stream, assignment = fleet.at_work(key)
    drafts = [
        draft(key, 0),
        draft(key, 1, title=""),
        draft(key, 2, description="x" * 1_000_000),
        draft(key, 3, posted_date="03/14/2026"),
        draft(key, 4, url="not an address"),
        draft(key, 5),
    ]
    taken = stream.ask(batch(assignment, 1, drafts)).acknowledgement
    assert taken.accepted == 2
    assert [(refused.index, refused.field) for refused in taken.refused] == [
        (1, "title"), (2, "description"), (3, "posted_date"), (4, "url"),
    ]  # fmt: skip
    assert taken.refused[2].reason == "INVALID_DATE"
    assert all(refused.reason and refused.message for refused in taken.refused)
    stream.finish(assignment)
    session = fleet.ended(assignment.session_id)
    assert session["state"] == "SESSION_STATE_COMPLETED"
    assert _counts(session) == {"received": 6, "new": 2, "refreshed": 0, "duplicate": 0, "rejected": 4}
    assert _job_ids(fleet, key.platform) == Counter([f"{key.platform}-0", f"{key.platform}-5"])


def test_a_duplicate_in_its_own_batch_is_counted_and_stored_once(fleet: Any, draft: Any, batch: Any) -> None:
    key = fleet.key()
    stream, assignment = fleet.at_work(key)
    same_content = draft(key, 0, platform_job_id="another-id")
    drafts = [draft(key, 0), draft(key, 1), draft(key, 0), same_content]
    assert stream.ask(batch(assignment, 1, drafts)).acknowledgement.accepted == 4
    stream.finish(assignment)
    counts = _counts(fleet.ended(assignment.session_id))
    assert counts == {"received": 4, "new": 2, "refreshed": 0, "duplicate": 2, "rejected": 0}
    assert _job_ids(fleet, key.platform) == Counter([f"{key.platform}-0", f"{key.platform}-1"])


def test_a_message_at_fault_is_refused_by_field_and_the_stream_goes_on(fleet: Any, draft: Any, batch: Any) -> None:
    key, other = fleet.key(), fleet.key()
    stream, assignment = fleet.at_work(key)
    drafts = [draft(key, 0)]
    for changes, reason, field in (
        ({"platform": "no_such_board"}, "UNKNOWN_PLATFORM", "platform"),
        ({"platform": other.platform}, "UNKNOWN_PLATFORM", "platform"),
        ({"sha256": bytes(32)}, "CHECKSUM_MISMATCH", "sha256"),
        ({"session_id": str(uuid4())}, "SESSION_NOT_FOUND", "session_id"),
        ({"fencing_token": assignment.fencing_token + 1}, "STALE_FENCING_TOKEN", "fencing_token"),
        ({"drafts": b""}, "INVALID_FIELD", "drafts"),
    ):
        refusal = stream.ask(batch(assignment, 1, drafts, **changes)).refusal
        assert (refusal.reason, refusal.field) == (reason, field)
        assert refusal.message
    assert stream.ask(batch(assignment, 1, drafts)).HasField("acknowledgement")


def test_a_gap_names_the_number_expected_and_a_repeated_batch_is_stored_once(
    fleet: Any, draft: Any, batch: Any
) -> None:
    key = fleet.key()
    stream, assignment = fleet.at_work(key)
    first = [draft(key, 0), draft(key, 1, title="")]
    acknowledged = stream.ask(batch(assignment, 1, first))
    gap = stream.ask(batch(assignment, 3, [draft(key, 3)])).refusal
    assert (gap.reason, gap.field, gap.sequence, gap.expected_sequence) == ("SEQUENCE_GAP", "sequence", 3, 2)
    assert stream.ask(batch(assignment, 1, first)) == acknowledged
    reused = stream.ask(batch(assignment, 1, [draft(key, 9)])).refusal
    assert (reused.reason, reused.expected_sequence) == ("SEQUENCE_REUSED", 2)
    assert stream.ask(batch(assignment, 2, [draft(key, 2)])).acknowledgement.sequence == 2
    stream.finish(assignment)
    counts = _counts(fleet.ended(assignment.session_id))
    assert counts == {"received": 3, "new": 2, "refreshed": 0, "duplicate": 0, "rejected": 1}
    assert _job_ids(fleet, key.platform) == Counter([f"{key.platform}-0", f"{key.platform}-2"])


def test_another_hosts_session_looks_absent(fleet: Any, draft: Any, batch: Any) -> None:
    key, other = fleet.key(), fleet.key()
    stream, assignment = fleet.at_work(key)
    stranger = fleet.connect(other.secret)
    stranger.hello("host-2")
    assert stranger.ask(batch(assignment, 1, [draft(key, 0)])).refusal.reason == "SESSION_NOT_FOUND"
    held = {"session_id": assignment.session_id, "fencing_token": assignment.fencing_token}
    report = pb.PlatformReport(**held, platform=key.platform, outcome=2)  # type: ignore[arg-type]
    assert stranger.ask(pb.ConnectRequest(report=report)).refusal.reason == "SESSION_NOT_FOUND"
    finish = pb.ConnectRequest(finish=pb.FinishSession(**held))
    assert stranger.ask(finish).refusal.reason == "SESSION_NOT_FOUND"
    assert _counts(fleet.session(assignment.session_id))["received"] == 0
    assert stream.ask(batch(assignment, 1, [draft(key, 0)])).HasField("acknowledgement")


@contextmanager
def _wire(address: str, cut_after: int) -> Iterator[str]:
    """An address that leads to the gateway and breaks off after so many bytes from the host."""
    host, _, port = address.rpartition(":")
    listener = socket.create_server(("127.0.0.1", 0))
    inside, outside = None, None

    def carry() -> None:
        nonlocal inside, outside
        inside, _ = listener.accept()
        outside = socket.create_connection((host, int(port)))
        left = cut_after
        with selectors.DefaultSelector() as ready:
            ready.register(inside, selectors.EVENT_READ, outside)
            ready.register(outside, selectors.EVENT_READ, inside)
            while left > 0:
                for found, _ in ready.select():
                    data = found.fileobj.recv(min(left, 16_384))  # type: ignore[union-attr]
                    if not data:
                        return
                    found.data.sendall(data)
                    left -= len(data) if found.fileobj is inside else 0
        inside.close()
        outside.close()

    carrier = threading.Thread(target=carry, daemon=True)
    carrier.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        for end in (inside, outside):
            if end is not None:
                end.close()
        carrier.join(10)


def _acknowledged_until_cut(stream: Any) -> list[int]:
    numbers = []
    with suppress(grpc.RpcError):
        while True:
            numbers.append(stream.receive().acknowledgement.sequence)
    assert stream.call.code() is grpc.StatusCode.UNAVAILABLE
    return numbers


def test_a_stream_cut_inside_a_batch_goes_on_after_what_is_committed(fleet: Any, draft: Any, batch: Any) -> None:
    key = fleet.key()
    text = "Java and Spring services for payments. " * 1_000
    batches = [[draft(key, 5 * n + m, description=f"{5 * n + m} {text}") for m in range(5)] for n in range(6)]
    size = len(batch(pb.Assignment(platforms=["b"]), 1, batches[0]).batch.drafts)
    with _wire(fleet.address, cut_after=3 * size + size // 2) as address:
        stream = fleet.connect(key.secret, address=address)
        stream.hello()
        assignment = stream.claim()
        for sequence, drafts in enumerate(batches, 1):
            stream.send(batch(assignment, sequence, drafts))
        acknowledged = _acknowledged_until_cut(stream)
    assert len(acknowledged) < 4, "the connection broke inside the fourth batch"
    again = fleet.connect(key.secret)
    [opened] = again.hello().open_sessions
    last = opened.last_acknowledged_sequence
    assert opened.assignment.session_id == assignment.session_id
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert len(acknowledged) <= last < 4, "what is acknowledged is committed"
    for sequence in range(last + 1, 7):
        assert again.ask(batch(opened.assignment, sequence, batches[sequence - 1])).acknowledgement.sequence == sequence
    again.finish(opened.assignment)
    session = fleet.ended(assignment.session_id)
    assert session["state"] == "SESSION_STATE_COMPLETED"
    assert _counts(session) == {"received": 30, "new": 30, "refreshed": 0, "duplicate": 0, "rejected": 0}
    assert _job_ids(fleet, key.platform) == Counter(f"{key.platform}-{number}" for number in range(30))


def test_a_host_that_leaves_without_waiting_loses_and_doubles_nothing(fleet: Any, draft: Any, batch: Any) -> None:
    key = fleet.key()
    stream, assignment = fleet.at_work(key)
    batches = [[draft(key, 20 * n + m) for m in range(20)] for n in range(8)]
    for sequence, drafts in enumerate(batches, 1):
        stream.send(batch(assignment, sequence, drafts))
    stream.receive()
    stream.close()
    again = fleet.connect(key.secret)
    [opened] = again.hello().open_sessions
    assert 1 <= opened.last_acknowledged_sequence <= 8
    for sequence in range(opened.last_acknowledged_sequence + 1, 9):
        assert again.ask(batch(opened.assignment, sequence, batches[sequence - 1])).HasField("acknowledgement")
    again.finish(opened.assignment)
    assert _counts(fleet.ended(assignment.session_id))["new"] == 160
    assert _job_ids(fleet, key.platform) == Counter(f"{key.platform}-{number}" for number in range(160))


def test_a_host_process_killed_and_started_again_delivers_every_line_once(
    fleet: Any, draft: Any, tmp_path: Path
) -> None:
    key = fleet.key()
    fleet.write_feed(tmp_path, key, [draft(key, number) for number in range(LINES)])
    log = tmp_path / "host.log"
    log.touch()
    for _ in range(2):
        before = log.read_text().count("taken")
        process = fleet.start_host(key, tmp_path)
        fleet.await_batches(process, tmp_path, before + 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = fleet.start_host(key, tmp_path)
    assert last.wait(90) == 0, log.read_text()
    assert "resumed" in log.read_text()
    ended = fleet.ended(fleet.session_of(key))
    assert ended["state"] == "SESSION_STATE_COMPLETED"
    assert _counts(ended) == {"received": LINES, "new": LINES, "refreshed": 0, "duplicate": 0, "rejected": 0}
    assert _job_ids(fleet, key.platform) == Counter(f"{key.platform}-{number}" for number in range(LINES))


def test_a_revoked_keys_stream_ends_and_a_new_one_is_refused(fleet: Any, revoked: tuple[Any, Any]) -> None:
    key, stream = revoked
    assert _ended_with(stream.call) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")
    again = fleet.connect(key.secret)
    again.send(pb.ConnectRequest(hello=pb.Hello(host_name="host-1")))
    assert _ended_with(again.call) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")


@pytest.mark.parametrize("secret", ["wrong", "blk_" + "a" * 43], ids=["no-secret", "made-up"])
def test_a_wrong_key_is_refused(fleet: Any, secret: str) -> None:
    stream = fleet.connect(secret)
    stream.send(pb.ConnectRequest(hello=pb.Hello(host_name="host-1")))
    assert _ended_with(stream.call) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")


def test_a_call_without_a_key_is_not_let_in(fleet: Any, tenant: Any) -> None:
    stream = fleet.connect(None)
    stream.send(pb.ConnectRequest(hello=pb.Hello(host_name="host-1")))
    code, _ = _ended_with(stream.call)
    assert code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED)
