"""Submissions moved from state to state, each move checked against where they stand (spec 3.9, pain P-79)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition

from blacklight_matching.submissions.interviews.service import Interviews
from blacklight_matching.submissions.models import SubmissionRow
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.required import check_reason
from blacklight_matching.submissions.rights.service import Claim, Rights
from blacklight_matching.submissions.states import CORRECTED_TO, FINAL, State, check_move

_NO_PLACEMENT: dict[str, Any] = {
    "placement_start_date": None,
    "placement_end_date": None,
    "placement_months": None,
}


class Pipeline:
    """Moves submissions."""

    def __init__(self, database: Database, submissions: Submissions, rights: Rights, interviews: Interviews) -> None:
        self._database = database
        self._submissions = submissions
        self._rights = rights
        self._interviews = interviews

    def move(
        self,
        caller: Caller,
        submission_id: UUID,
        target: State,
        *,
        reason: str = "",
        rejection_stage: str = "",
        placement: dict[str, Any] | None = None,
        etag: str = "",
    ) -> pb.Submission:
        """Moves a submission, with what the new state keeps: the reason, the stage, the placement.

        With the end of a submission the interviews that are still ahead are cancelled. To where it stands already
        changes nothing. Raises NotFound, Conflict (ETAG_MISMATCH), FailedPrecondition (MOVE_NOT_ALLOWED,
        SUBMISSION_FINAL), Invalid (FIELD_REQUIRED) for an end as REJECTED or WITHDRAWN without a reason.
        """
        check_reason(target, reason)
        with self._database.transaction(caller.tenant) as session:
            row = self._submissions.locked(session, caller, submission_id, etag=etag)
            if row.state == target and target not in FINAL:
                return self._submissions.view(session, row)
            outcome = _outcome(row, target, reason, rejection_stage, placement or _NO_PLACEMENT)
            if row.state == target and all(getattr(row, name) == value for name, value in outcome.items()):
                return self._submissions.view(session, row)
            check_move(State(row.state), target)
            _write(row, outcome)
            self._submissions.move(session, caller, row, target, reason=reason)
            if target in FINAL:
                self._interviews.cancel_ahead(session, caller, row)
            return self._submissions.view(session, row)

    def resume(self, caller: Caller, submission_id: UUID, *, etag: str = "") -> pb.Submission:
        """Takes a submission off hold, to where it stood before.

        Raises NotFound, Conflict (ETAG_MISMATCH), FailedPrecondition (NOT_ON_HOLD).
        """
        with self._database.transaction(caller.tenant) as session:
            row = self._submissions.locked(session, caller, submission_id, etag=etag)
            if row.state != State.ON_HOLD:
                message = f"the submission is {row.state}, not on hold"
                raise FailedPrecondition(message, reason="NOT_ON_HOLD", metadata={"state": row.state})
            self._submissions.move(session, caller, row, State(row.held_state))
            return self._submissions.view(session, row)

    def correct(
        self,
        caller: Caller,
        submission_id: UUID,
        *,
        reason: str,
        target: State,
        override_reason: str = "",
        etag: str = "",
    ) -> pb.Submission:
        """Takes a placement back; the placement is kept in the activity and the audit row says why it went.

        Raises NotFound, Conflict (ETAG_MISMATCH), FailedPrecondition (NOT_PLACED), and, where it would be active again,
        AlreadyExists (SUBMISSION_ACTIVE, RIGHT_TO_REPRESENT_HELD) when the candidate was submitted anew since, and
        Denied (OVERRIDE_DENIED).
        """
        assert target in CORRECTED_TO
        check_reason(target, reason)
        with self._database.transaction(caller.tenant) as session:
            candidate_id = self._submissions.visible(session, caller, submission_id).candidate_id
            self._rights.lock(session, candidate_id)
            row = self._submissions.locked(session, caller, submission_id, etag=etag)
            if row.state != State.PLACED:
                message = f"the submission is {row.state}; only a placement is corrected"
                raise FailedPrecondition(message, reason="NOT_PLACED", metadata={"state": row.state})
            if target not in FINAL:
                claim = Claim(row.candidate_id, row.posting_id, row.job_key, row.submission_id)
                if self._rights.check(session, caller, claim, override_reason) is not None:
                    row.right_override_reason = override_reason
            said = f"placement from {row.placement_start_date or 'no day'} taken back: {reason}"
            _write(row, {**_NO_PLACEMENT, **_outcome(row, target, reason, "", _NO_PLACEMENT)})
            self._submissions.move(session, caller, row, target, reason=said)
            told = {"to": target.value}
            audit.record(session, caller, "submission.placement_corrected", submission_id, changes=told)
            return self._submissions.view(session, row)


def _outcome(
    row: SubmissionRow, target: State, reason: str, rejection_stage: str, placement: dict[str, Any]
) -> dict[str, Any]:
    """The columns that a state keeps; the stage of a rejection is by default the state that it leaves."""
    if target is State.REJECTED:
        before = row.rejection_stage if row.state == State.REJECTED else row.state
        return {"rejection_reason": reason, "rejection_stage": rejection_stage or before}
    if target is State.WITHDRAWN:
        return {"withdrawal_reason": reason}
    return placement if target is State.PLACED else {}


def _write(row: SubmissionRow, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
