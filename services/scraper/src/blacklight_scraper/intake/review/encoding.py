"""Reads what became of each posting of a batch out of what is kept of it: payload, acknowledgement and results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.matching.v1.posting_service_pb2 import ImportPostingsResponse, KeptPosting, RowOutcome, RowResult
from blacklight.scraper.v1.fleet_service_pb2 import BatchAcknowledgement

from blacklight_scraper.intake.review.views import JobOutcome
from blacklight_scraper.intake.states import BatchState

_OUTCOMES = {
    RowOutcome.ROW_OUTCOME_NEW: JobOutcome.NEW,
    RowOutcome.ROW_OUTCOME_DUPLICATE: JobOutcome.DUPLICATE,
    RowOutcome.ROW_OUTCOME_REFRESHED: JobOutcome.REFRESHED,
    RowOutcome.ROW_OUTCOME_REJECTED: JobOutcome.REJECTED,
}


@dataclass(frozen=True, slots=True)
class KeptJobs:
    """What is kept of a batch's postings."""

    batch_id: UUID
    session_id: UUID
    sequence: int
    platform: str
    state: BatchState
    failure: str
    payload: bytes
    acknowledgement: bytes
    results: bytes | None


@dataclass(frozen=True, slots=True)
class JobLogView:
    """What became of one posting; `kept` is the one that it was taken for."""

    batch_id: UUID
    index: int
    session_id: UUID
    sequence: int
    platform: str
    outcome: JobOutcome
    draft: PostingDraft
    posting_id: str = ""
    kept: KeptPosting | None = None
    reason: str = ""
    field: str = ""
    message: str = ""


def job_logs(jobs: KeptJobs) -> Iterator[JobLogView]:
    """What became of each posting, in its place in the batch (P-45).

    Those refused at the boundary never went to matching, so its results are of the others, in their order.
    """
    refused = {each.index: each for each in BatchAcknowledgement.FromString(jobs.acknowledgement).refused}
    results = iter(ImportPostingsResponse.FromString(jobs.results or b"").results)
    for index, draft in enumerate(PostingDrafts.FromString(jobs.payload).postings):
        place = (jobs.batch_id, index, jobs.session_id, jobs.sequence, jobs.platform)
        if index in refused:
            why = refused[index]
            yield JobLogView(
                *place, JobOutcome.REJECTED, draft, reason=why.reason, field=why.field, message=why.message
            )
        elif jobs.state is BatchState.WAITING:
            yield JobLogView(*place, JobOutcome.WAITING, draft)
        elif jobs.state is BatchState.FAILED:
            yield JobLogView(*place, JobOutcome.FAILED, draft, reason=jobs.failure)
        else:
            yield _answered(place, draft, next(results, RowResult()))


def _answered(place: tuple[UUID, int, UUID, int, str], draft: PostingDraft, result: RowResult) -> JobLogView:
    return JobLogView(
        *place,
        _OUTCOMES.get(result.outcome, JobOutcome.UNSPECIFIED),
        draft,
        posting_id=result.posting_id,
        kept=result.kept if result.HasField("kept") else None,
        reason=result.reason,
        field=result.field,
        message=result.message,
    )
