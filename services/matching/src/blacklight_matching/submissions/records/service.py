"""Submissions: read, changed, deleted; and the parts that every other verb of theirs is made of (spec 2.3, 4.3.5).

Callers see and change their own; holders of `submissions.view_all` those of everybody. Any other looks absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, NotFound
from blacklight_servicekit.etag import check_etag
from blacklight_servicekit.ids import new_id
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session, undefer

from blacklight_matching.hashing import content_hash
from blacklight_matching.submissions.changes import Change, changes_between
from blacklight_matching.submissions.encoding import (
    encode_activity,
    encode_interview,
    encode_stage,
    encode_submission,
    submission_etag,
)
from blacklight_matching.submissions.models import ActivityRow, InterviewRow, StageRow, SubmissionRow
from blacklight_matching.submissions.required import check_required
from blacklight_matching.submissions.right import job_key
from blacklight_matching.submissions.rights.service import SEES_ALL, Claim, Rights
from blacklight_matching.submissions.states import ACTIVE, State

NEWEST_ACTIVITIES = 50
LATEST_STAGES = 200
FORGOTTEN_NAME = "Deleted candidate"
_JOB = ("job_title", "job_company", "job_location", "job_url", "job_description")
_RIGHT = {"client_company", "job_title", "job_company"}


def visible_to(caller: Caller) -> tuple[ColumnElement[bool], ...]:
    """Submissions that a caller may see: its own, or with `submissions.view_all` its tenant's."""
    own = SubmissionRow.tenant_id == caller.tenant
    if SEES_ALL in caller.permissions:
        return (own,)
    return (own, SubmissionRow.submitter_id == UUID(caller.id))


def scope_of(caller: Caller) -> str:
    """Whose submissions `visible_to` shows, as a text that page tokens are bound to."""
    return f"{caller.tenant}/{'' if SEES_ALL in caller.permissions else caller.id}"


def content_of_job(values: Mapping[str, Any]) -> bytes:
    """Tells one text of a job from another."""
    return content_hash(*(values[name] for name in _JOB))


class Submissions:
    """A tenant's submissions."""

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights

    def get(self, caller: Caller, submission_id: UUID, *, include_activities: bool) -> pb.Submission:
        """One submission with its interviews and stages. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            row = self.visible(session, caller, submission_id)
            message = self.view(session, row)
            if include_activities:
                newest = (
                    select(ActivityRow)
                    .where(ActivityRow.submission_id == submission_id)
                    .order_by(ActivityRow.create_time.desc(), ActivityRow.activity_id.desc())
                    .limit(NEWEST_ACTIVITIES)
                )
                message.activities.extend(map(encode_activity, session.scalars(newest)))
            return message

    def update(self, caller: Caller, submission_id: UUID, values: Mapping[str, Any], *, etag: str) -> pb.Submission:
        """Writes the columns given, and an activity for each kind of change; equal values change nothing.

        Raises NotFound, Conflict (ETAG_MISMATCH), FailedPrecondition (JOB_IS_A_POSTING, NOT_PLACED), Invalid
        (FIELD_REQUIRED), and AlreadyExists where another submission holds the right for what is now the client and job.
        """
        with self._database.transaction(caller.tenant) as session:
            self._rights.lock(session, self.visible(session, caller, submission_id).candidate_id)
            row = self.locked(session, caller, submission_id, etag=etag)
            if "job_title" in values and row.posting_id is not None:
                message = "the job is that of a posting, as it was when the candidate was submitted"
                raise FailedPrecondition(message, reason="JOB_IS_A_POSTING", field="submission.job")
            if "placement_start_date" in values and row.state != State.PLACED:
                message = f"the submission is {row.state}; only a placed one has a placement"
                raise FailedPrecondition(message, reason="NOT_PLACED", field="submission.placement")
            check_required(values, external=row.posting_id is None)
            old = {name: getattr(row, name) for name in values}
            changed = sorted(name for name, value in values.items() if value != old[name])
            if changed:
                self._write(session, caller, row, values)
                for change in changes_between(old, values):
                    self.note(session, caller, row, change)
                self.touch(row)
                audit.record(session, caller, "submission.updated", submission_id, changes={"fields": changed})
            return self.view(session, row)

    def delete(self, caller: Caller, submission_id: UUID, *, etag: str) -> None:
        """Deletes a submission with all that hangs on it; what it was is audited. Absent is a success.

        Raises Conflict (ETAG_MISMATCH).
        """
        with self._database.transaction(caller.tenant) as session:
            try:
                row = self.locked(session, caller, submission_id, etag=etag)
            except NotFound:
                return
            told = {
                "state": row.state,
                "candidate_id": str(row.candidate_id),
                "posting_id": str(row.posting_id or ""),
                "submitter_id": str(row.submitter_id),
                "create_time": row.create_time.isoformat(),
            }
            audit.record(session, caller, "submission.deleted", submission_id, changes=told)
            session.execute(delete(SubmissionRow).where(SubmissionRow.submission_id == submission_id))

    # Parts

    def visible(self, session: Session, caller: Caller, submission_id: UUID) -> SubmissionRow:
        """A submission that the caller may see. Raises NotFound."""
        return self._one(session, caller, submission_id, lock=False)

    def locked(self, session: Session, caller: Caller, submission_id: UUID, *, etag: str = "") -> SubmissionRow:
        """The same, kept as it is until the commit. Raises NotFound, Conflict (ETAG_MISMATCH)."""
        row = self._one(session, caller, submission_id, lock=True)
        check_etag(etag, submission_etag(row.submission_id, row.version))
        return row

    def add(self, session: Session, caller: Caller, row: SubmissionRow, created: Change) -> None:
        """Stores a new submission, in its first state, with the activity that tells of it."""
        session.add(row)
        session.flush()
        self._enter(session, row, State(row.state), caller.id)
        self.note(session, caller, row, created)
        audit.record(session, caller, "submission.created", row.submission_id)

    def move(self, session: Session, caller: Caller, row: SubmissionRow, target: State, *, reason: str = "") -> None:
        """Moves a submission whose move was checked: stage, activity and audit row."""
        old = row.state
        leave = update(StageRow).where(StageRow.submission_id == row.submission_id, StageRow.leave_time.is_(None))
        session.execute(leave.values(leave_time=self._clock()))
        self._enter(session, row, target, caller.id)
        row.held_state = old if target is State.ON_HOLD else ""
        self.note(session, caller, row, Change("STATUS_CHANGE", reason, old, target.value))
        self.touch(row)
        told = {"from": old, "to": target.value}
        audit.record(session, caller, "submission.moved", row.submission_id, changes=told)

    def note(self, session: Session, caller: Caller, row: SubmissionRow, change: Change) -> ActivityRow:
        """Writes an activity."""
        activity = ActivityRow(
            activity_id=new_id(),
            tenant_id=row.tenant_id,
            submission_id=row.submission_id,
            type=change.type,
            content=change.content,
            old_value=change.old_value,
            new_value=change.new_value,
            actor_id=caller.id,
            create_time=self._clock(),
        )
        session.add(activity)
        return activity

    def touch(self, row: SubmissionRow) -> None:
        """Marks a submission as written."""
        row.version += 1
        row.update_time = self._clock()

    def view(self, session: Session, row: SubmissionRow) -> pb.Submission:
        """A submission with its interviews and stages."""
        session.flush()
        message = encode_submission(row, whole=True)
        interviews = select(InterviewRow).where(InterviewRow.submission_id == row.submission_id)
        interviews = interviews.order_by(InterviewRow.start_time, InterviewRow.interview_id)
        stages = select(StageRow).where(StageRow.submission_id == row.submission_id)
        stages = stages.order_by(StageRow.enter_time.desc(), StageRow.stage_id.desc()).limit(LATEST_STAGES)
        message.interviews.extend(map(encode_interview, session.scalars(interviews)))
        message.stages.extend(map(encode_stage, reversed(session.scalars(stages).all())))
        return message

    def forget_candidate(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """The candidate is deleted: its submissions stay, without its name and papers (spec 2.5)."""
        session.execute(
            update(SubmissionRow)
            .where(SubmissionRow.tenant_id == tenant_id, SubmissionRow.candidate_id == candidate_id)
            .values(
                candidate_name=FORGOTTEN_NAME,
                resume_name="",
                resume_id=None,
                cover_letter="",
                version=SubmissionRow.version + 1,
                update_time=self._clock(),
            )
        )

    # Inside

    def _one(self, session: Session, caller: Caller, submission_id: UUID, *, lock: bool) -> SubmissionRow:
        statement = select(SubmissionRow).where(*visible_to(caller), SubmissionRow.submission_id == submission_id)
        statement = statement.options(undefer(SubmissionRow.job_description), undefer(SubmissionRow.cover_letter))
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        row = session.scalars(statement).one_or_none()
        if row is None:
            raise NotFound(f"submission {submission_id} not found", reason="SUBMISSION_NOT_FOUND")
        return row

    def _write(self, session: Session, caller: Caller, row: SubmissionRow, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        if _RIGHT.isdisjoint(values):
            return
        row.job_key = job_key(row.client_company or row.job_company, row.job_title)
        row.job_hash = content_of_job({name: getattr(row, name) for name in _JOB})
        if row.state in ACTIVE:
            claim = Claim(row.candidate_id, row.posting_id, row.job_key, row.submission_id)
            self._rights.check(session, caller, claim)

    def _enter(self, session: Session, row: SubmissionRow, state: State, changer_id: str) -> None:
        now = self._clock()
        row.state, row.state_time, row.state_changer_id = state.value, now, changer_id
        stage = StageRow(stage_id=new_id(), tenant_id=row.tenant_id, submission_id=row.submission_id)
        stage.state, stage.enter_time, stage.leave_time, stage.changer_id = state.value, now, None, changer_id
        session.add(stage)
