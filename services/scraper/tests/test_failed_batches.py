"""Batches that matching would not take: accounted for, and sent again by a person or by themselves (P-38)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.matching.v1.posting_service_pb2 import ImportPostingsResponse, KeptPosting, RowOutcome, RowResult
from blacklight.scraper.v1.fleet_service_pb2 import PostingRefusal
from blacklight_scraper.app import APP
from blacklight_scraper.intake.fills import FIELDS, fills_of
from blacklight_scraper.intake.review.activities import FailedBatchSweep
from blacklight_scraper.intake.review.service import BatchNotFailed, BatchNotFound, JobLogNotFound, PostingsGone
from blacklight_scraper.intake.review.views import JobOutcome
from blacklight_scraper.intake.states import BatchState, NewBatch, Outcomes
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards

from services.scraper.tests.fleet_rows import ADMIN, FleetRows, fleet_on

INTAKE = "services/scraper/src/blacklight_scraper/intake/service.py"
REVIEW_LOOP = "services/scraper/src/blacklight_scraper/intake/review/activities.py"
REVIEW = "services/scraper/src/blacklight_scraper/intake/review/service.py"
PATIENCE_SECONDS = 10.0


class Deliveries:
    """One session's batches."""

    def __init__(self, fleet: FleetRows) -> None:
        self.fleet, self.clock = fleet, fleet.clock
        self.database, self.intake, self.batches = fleet.database, fleet.intake, fleet.batches
        self.session_id = fleet.session()

    def batch(self, sequence: int, *drafts: PostingDraft, refused: tuple[PostingRefusal, ...] = ()) -> UUID:
        return self.fleet.batch(self.session_id, sequence, *drafts, refused=refused)

    def events(self) -> int:
        return int(self.fleet.rows("SELECT count(*) FROM scraper.outbox WHERE kind = 'batch.committed'")[0][0])

    def logs(self, **given: Any) -> tuple[list[Any], str]:
        query: dict[str, Any] = {"page_size": 50, "page_token": "", "platform": "", "outcome": None, **given}
        return self.batches.list_job_logs(ADMIN, session_id=self.session_id, **query)


@pytest.fixture
def deliveries(database_urls: Any) -> Iterator[Deliveries]:
    """A session with its intake."""
    for fleet in fleet_on(database_urls(APP)):
        yield Deliveries(fleet)


def test_a_failed_batch_is_sent_again_and_its_counts_taken_back(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    refused = (PostingRefusal(index=1, reason="INVALID_URL", field="url"),)
    batch_id = deliveries.batch(1, draft(1), draft(2), draft(3), refused=refused)
    deliveries.intake.give_up(ADMIN, batch_id=batch_id, failure="INTERNAL")
    failed = deliveries.batches.get(ADMIN, batch_id=batch_id)
    assert (failed.state, failed.rejected, failed.failure) == (BatchState.FAILED, 3, "INTERNAL")
    before = deliveries.events()
    again = deliveries.batches.retry(ADMIN, batch_id=batch_id)
    assert (again.state, again.rejected, again.failure, again.retries) == (BatchState.WAITING, 1, "", 1)
    assert again.settle_time is None
    assert deliveries.events() == before + 1
    assert deliveries.intake.settle(ADMIN, batch_id=batch_id, outcomes=Outcomes(2, 0, 0, 0))
    done = deliveries.batches.get(ADMIN, batch_id=batch_id)
    assert done.received == done.new + done.refreshed + done.duplicate + done.rejected == 3


def test_only_a_failed_batch_whose_postings_are_kept_is_sent_again(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    batch_id = deliveries.batch(1, draft(1))
    with pytest.raises(BatchNotFailed):
        deliveries.batches.retry(ADMIN, batch_id=batch_id)
    with pytest.raises(BatchNotFound):
        deliveries.batches.retry(ADMIN, batch_id=new_id())
    deliveries.intake.give_up(ADMIN, batch_id=batch_id, failure="INTERNAL")
    deliveries.clock.advance(timedelta(hours=721))
    deliveries.intake.drop_payloads(ADMIN)
    with pytest.raises(PostingsGone):
        deliveries.batches.retry(ADMIN, batch_id=batch_id)


def test_failed_batches_are_sent_again_by_themselves_later_and_later_and_not_for_ever(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    hopeless, hopeful = deliveries.batch(1, draft(1)), deliveries.batch(2, draft(2))
    for batch_id, failure in ((hopeless, "INVALID_ARGUMENT"), (hopeful, "INTERNAL")):
        deliveries.intake.give_up(ADMIN, batch_id=batch_id, failure=failure)
    sent = []
    for minutes in (4, 2, 4, 7, 600):
        deliveries.clock.advance(timedelta(minutes=minutes))
        sent.append(deliveries.batches.send_due_again(ADMIN))
        deliveries.intake.give_up(ADMIN, batch_id=hopeful, failure="INTERNAL")
    assert sent == [0, 1, 0, 1, 0]
    assert deliveries.batches.get(ADMIN, batch_id=hopeless).retries == 0


@guards("P-38", file=INTAKE, old="batch_id, BatchRow.state == BatchState.WAITING)\n", new="batch_id)\n")
def test_p38_a_batch_settled_again_counts_once(deliveries: Deliveries, draft: Callable[..., PostingDraft]) -> None:
    """The last commit of an import may fail after it was done, and the step is done again."""
    batch_id = deliveries.batch(1, draft(1), draft(2))
    for _ in range(3):
        deliveries.intake.settle(ADMIN, batch_id=batch_id, outcomes=Outcomes(0, 0, 0, 2))
    assert deliveries.batches.get(ADMIN, batch_id=batch_id).rejected == 2


def test_what_was_not_committed_is_neither_counted_nor_sent(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    """Payload and event are one transaction, so a batch cannot be there in part; nor can its outcome."""
    batch_id = deliveries.batch(1, draft(1))
    events = deliveries.events()
    new = NewBatch(new_id(), deliveries.session_id, 2, deliveries.fleet.target_id, "dice", b"x", b"", 1, 1, b"")
    with contextlib.suppress(ZeroDivisionError), deliveries.database.platform_transaction() as session:
        deliveries.intake.store(session, [new], deliveries.clock())
        raise ZeroDivisionError
    with contextlib.suppress(ZeroDivisionError), deliveries.database.platform_transaction() as session:
        deliveries.intake._settle(session, batch_id, BatchState.IMPORTED, Outcomes(1, 0, 0, 0))
        raise ZeroDivisionError
    assert deliveries.events() == events
    assert [row.sequence for row in deliveries.fleet.rows("SELECT sequence FROM scraper.batches")] == [1]
    assert deliveries.batches.get(ADMIN, batch_id=batch_id).new == 0


async def _sweeping(sweep: FailedBatchSweep, done: Callable[[], bool]) -> None:
    """Sweeps until it is done, or has had time enough."""
    running = asyncio.create_task(sweep.run())
    end = time.monotonic() + PATIENCE_SECONDS
    while not await asyncio.to_thread(done) and time.monotonic() < end:
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@guards("P-32", file=REVIEW_LOOP, old="self._intake.give_up_undeliverable, ", new="lambda caller: 0, ")
def test_p32_a_batch_whose_event_is_a_dead_letter_keeps_no_session_open(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    """Whatever made the relay give up, the batch fails, visibly, and is sent again."""
    lost, waiting = deliveries.batch(1, draft(1)), deliveries.batch(2, draft(2))
    dead = "UPDATE scraper.outbox SET dead_time = now() WHERE payload ->> 'batch_id' = :batch RETURNING 1"
    deliveries.fleet.rows(dead, batch=str(lost))

    def failed() -> bool:
        return deliveries.batches.get(ADMIN, batch_id=lost).state is BatchState.FAILED

    asyncio.run(_sweeping(FailedBatchSweep(deliveries.intake, deliveries.batches, 3600), failed))
    assert deliveries.batches.get(ADMIN, batch_id=waiting).state is BatchState.WAITING
    found = deliveries.batches.get(ADMIN, batch_id=lost)
    assert (found.state, found.failure, found.rejected) == (BatchState.FAILED, "NOT_DELIVERED", 1)
    deliveries.clock.advance(timedelta(minutes=5))
    assert deliveries.batches.send_due_again(ADMIN) == 1
    assert deliveries.intake.give_up_undeliverable(ADMIN) == 0


def test_job_logs_say_what_became_of_each_posting_with_the_kept_one_beside_it(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    refused = (PostingRefusal(index=1, reason="INVALID_URL", field="url", message="no scheme"),)
    first = deliveries.batch(1, draft(1), draft(2), draft(3), draft(4), refused=refused)
    second = deliveries.batch(2, draft(5))
    kept = KeptPosting(platform="indeed", title="Java Developer, kept")
    results = ImportPostingsResponse(
        results=[
            RowResult(outcome=RowOutcome.ROW_OUTCOME_NEW, posting_id="1"),
            RowResult(outcome=RowOutcome.ROW_OUTCOME_REFRESHED, posting_id="3", kept=kept),
            RowResult(outcome=RowOutcome.ROW_OUTCOME_REJECTED, reason="BLANK_FIELD", field="title"),
        ]
    ).SerializeToString()
    deliveries.intake.settle(ADMIN, batch_id=first, outcomes=Outcomes(1, 1, 0, 1), results=results)
    found, token = deliveries.logs()
    assert token == ""
    assert [(each.sequence, each.index, each.outcome.name, each.reason) for each in found] == [
        (1, 0, "NEW", ""),
        (1, 1, "REJECTED", "INVALID_URL"),
        (1, 2, "REFRESHED", ""),
        (1, 3, "REJECTED", "BLANK_FIELD"),
        (2, 0, "WAITING", ""),
    ]
    beside = deliveries.batches.get_job_log(ADMIN, batch_id=first, index=2)
    assert beside.kept is not None
    assert (beside.draft.title, beside.kept.title) == ("Java Developer 3", "Java Developer, kept")
    assert [each.index for each in deliveries.logs(outcome=JobOutcome.REJECTED)[0]] == [1, 3]
    deliveries.intake.give_up(ADMIN, batch_id=second, failure="INTERNAL")
    assert [each.reason for each in deliveries.logs(outcome=JobOutcome.FAILED)[0]] == ["INTERNAL"]
    with pytest.raises(JobLogNotFound):
        deliveries.batches.get_job_log(ADMIN, batch_id=first, index=4)


@guards("P-45", file=REVIEW, old="if (job.sequence, job.index) <= after or", new="if job.index <= after[1] or")
def test_p45_pages_of_job_logs_hold_each_posting_once_in_the_order_of_the_session(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    for sequence in range(1, 7):
        deliveries.batch(sequence, *(draft(number) for number in range(5)))
    found: list[tuple[int, int]] = []
    token = ""
    while True:
        page, token = deliveries.logs(page_size=4, page_token=token)
        found += [(each.sequence, each.index) for each in page]
        if not token:
            break
    assert found == [(sequence, index) for sequence in range(1, 7) for index in range(5)]


@guards("P-45", file=INTAKE, old=".values(payload=None, results=None)", new=".values(results=None)")
def test_p45_payload_and_results_go_after_their_retention(
    deliveries: Deliveries, draft: Callable[..., PostingDraft]
) -> None:
    batch_id = deliveries.batch(1, draft(1))
    deliveries.intake.settle(ADMIN, batch_id=batch_id, outcomes=Outcomes(1, 0, 0, 0), results=b"\x0a\x00")
    deliveries.clock.advance(timedelta(hours=71))
    assert deliveries.intake.drop_payloads(ADMIN) == 0
    deliveries.clock.advance(timedelta(hours=2))
    assert deliveries.intake.drop_payloads(ADMIN) == 1
    [row] = deliveries.fleet.rows("SELECT payload, results, received, new FROM scraper.batches")
    assert tuple(row) == (None, None, 1, 1)
    assert deliveries.logs() == ([], "")


def test_a_filter_that_nothing_passes_answers_a_short_page_with_a_token(
    deliveries: Deliveries, draft: Callable[..., PostingDraft], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blacklight_scraper.intake.review.service.MOST_READ", 2)
    refused = (PostingRefusal(index=0, reason="INVALID_URL"),)
    for sequence in range(1, 5):
        deliveries.batch(sequence, draft(1), draft(2), refused=refused)
    page, token = deliveries.logs(outcome=JobOutcome.REJECTED, page_size=10)
    assert ([each.sequence for each in page], token != "") == ([1, 2], True)
    page, token = deliveries.logs(outcome=JobOutcome.REJECTED, page_size=10, page_token=token)
    assert [each.sequence for each in page] == [3, 4]


def test_fills_count_the_postings_that_hold_each_field(draft: Callable[..., PostingDraft]) -> None:
    drafts = [draft(1, description="x" * 100, salary_min=1.0), draft(2, company="", remote=False)]
    fills = dict(zip(FIELDS, fills_of(drafts), strict=True))
    assert fills == {
        "platform_job_id": 2, "title": 2, "company": 1, "location": 2, "description": 1, "url": 2, "salary": 1,
        "posted_date": 0, "job_type": 0, "experience_level": 0, "remote": 1,
    }  # fmt: skip


def test_a_batch_keeps_its_fills(deliveries: Deliveries, draft: Callable[..., PostingDraft]) -> None:
    deliveries.batch(1, draft(1), draft(2))
    [row] = deliveries.fleet.rows("SELECT fills FROM scraper.batches")
    assert row.fills[FIELDS.index("title")] == 2
