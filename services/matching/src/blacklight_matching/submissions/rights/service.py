"""What keeps one candidate from being sent twice: one active submission a posting (D-2), and the right to represent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.errors import Denied
from sqlalchemy import Row, Select, select, text
from sqlalchemy.orm import Session

from blacklight_matching.submissions.models import SubmissionRow
from blacklight_matching.submissions.right import ACTIVE_ALREADY, RIGHT_HELD, Blocking, refusal
from blacklight_matching.submissions.states import ACTIVE

SEES_ALL = "submissions.view_all"
# The same lock as profiles take: a candidate is not forgotten between the look at it and the submission of it.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:candidate_id, 0))")


@dataclass(frozen=True, slots=True)
class Claim:
    """A submission that is to be active: of whom, for which posting (None = external), for which client and job."""

    candidate_id: UUID
    posting_id: UUID | None
    job_key: str
    submission_id: UUID | None = None
    """The submission itself, where it is there already."""


class Rights:
    """Parts: called by verbs inside their transactions."""

    def __init__(self, clock: Clock, right_days: int) -> None:
        self._clock = clock
        self._days = right_days

    def end_time(self, create_time: datetime) -> datetime:
        """Until when a submission made then holds the right to represent."""
        return create_time + timedelta(days=self._days)

    def lock(self, session: Session, candidate_id: UUID) -> None:
        """Lets one writer at a time decide about a candidate's submissions: who comes second sees the first's."""
        session.execute(_LOCK, {"candidate_id": str(candidate_id)})

    def find_blocking(self, session: Session, tenant_id: UUID, claim: Claim) -> Blocking | None:
        """The submission in the way, if any: the active one for the posting first, then the holder of the right."""
        if claim.posting_id is not None:
            for row in self._find(session, tenant_id, claim, SubmissionRow.posting_id == claim.posting_id):
                return _blocking(ACTIVE_ALREADY, row)
        if claim.job_key:
            held = (SubmissionRow.job_key == claim.job_key, SubmissionRow.right_end_time > self._clock())
            for row in self._find(session, tenant_id, claim, *held):
                return _blocking(RIGHT_HELD, row)
        return None

    def check(self, session: Session, caller: Caller, claim: Claim, override_reason: str = "") -> Blocking | None:
        """Raises AlreadyExists (SUBMISSION_ACTIVE, RIGHT_TO_REPRESENT_HELD) when another submission is in the way.

        The right may be passed over with a reason, which is audited; then the submission passed over is returned.
        Raises Denied for a reason of somebody who may not.
        """
        blocking = self.find_blocking(session, caller.tenant, claim)
        if blocking is None:
            return None
        if blocking.reason != RIGHT_HELD or not override_reason:
            raise refusal(blocking)
        if SEES_ALL not in caller.permissions:
            message = f"only holders of {SEES_ALL} may pass over the right of another submission"
            raise Denied(message, reason="OVERRIDE_DENIED", metadata={"permission": SEES_ALL})
        told = {"candidate_id": str(claim.candidate_id)}
        audit.record(session, caller, "submission.right_overridden", blocking.submission_id, changes=told)
        return blocking

    def _find(self, session: Session, tenant_id: UUID, claim: Claim, *conditions: Any) -> Sequence[Row[Any]]:
        statement = _select_active(tenant_id, claim.candidate_id).where(*conditions)
        if claim.submission_id is not None:
            statement = statement.where(SubmissionRow.submission_id != claim.submission_id)
        return session.execute(statement.limit(1)).all()


def _select_active(tenant_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SubmissionRow.submission_id,
            SubmissionRow.submitter_id,
            SubmissionRow.state,
            SubmissionRow.create_time,
            SubmissionRow.right_end_time,
        )
        .where(
            SubmissionRow.tenant_id == tenant_id,
            SubmissionRow.candidate_id == candidate_id,
            SubmissionRow.state.in_(ACTIVE),
        )
        .order_by(SubmissionRow.create_time, SubmissionRow.submission_id)
    )


def _blocking(reason: str, row: Row[Any]) -> Blocking:
    return Blocking(reason, row.submission_id, row.submitter_id, row.state, row.create_time, row.right_end_time)
