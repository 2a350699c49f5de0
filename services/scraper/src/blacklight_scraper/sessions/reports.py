"""What a platform's report must agree with (spec 8.4, F-08). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from blacklight_scraper.sessions.refusals import Refused, bad_report
from blacklight_scraper.sessions.states import OURS, RunState


@dataclass(frozen=True, slots=True)
class Report:
    """How a platform ended, as its host says.

    `fencing_token`: None = the host has no stream, and its key alone proves who it is. `batches`: how many it sent.
    """

    session_id: UUID
    fencing_token: int | None
    platform: str
    outcome: RunState
    failure_reason: int
    message: str
    batches: int | None = None


def check_report(report: Report, *, received: int, batches: int) -> None:
    """Raises Refused unless the report fits itself and the postings and batches received for the platform.

    Nothing found is no success by itself: the host says whether the board confirmed it.
    """
    if report.batches is not None and batches < report.batches:
        _refuse(
            report,
            "BATCHES_MISSING",
            f"{report.batches} batches were sent and {batches} are committed; send the others, then report",
            "batches",
        )
    if report.failure_reason in OURS:
        _refuse(report, "FAILURE_REASON_RESERVED", "hosts do not give this reason", "failure_reason")
    if report.outcome is RunState.FAILED and report.failure_reason == 0:
        _refuse(report, "FAILURE_REASON_MISSING", "a failed platform needs a reason", "failure_reason")
    if report.outcome is not RunState.FAILED and report.failure_reason != 0:
        _refuse(report, "FAILURE_REASON_UNEXPECTED", "only a failed platform has a reason", "failure_reason")
    if report.outcome is RunState.COMPLETED and received == 0:
        _refuse(
            report,
            "NOTHING_RECEIVED",
            "no posting of this platform was received; report it empty, confirmed by the board or not",
            "outcome",
        )
    if report.outcome in (RunState.EMPTY_CONFIRMED, RunState.EMPTY_UNCONFIRMED) and received:
        _refuse(report, "NOT_EMPTY", "postings of this platform were received; report it completed", "outcome")


def _refuse(report: Report, reason: str, message: str, field: str) -> None:
    raise Refused(bad_report(report.session_id, reason, message, field))
