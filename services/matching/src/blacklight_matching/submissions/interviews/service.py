"""Interviews: arranged, moved, held, cancelled; several to a submission (spec 2.3, 9.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Exhausted, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.request_log import once
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from blacklight_matching.submissions.changes import Change
from blacklight_matching.submissions.models import InterviewRow, SubmissionRow
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.states import MOVED_ON_BY_INTERVIEW, State, check_active

SCHEDULED, COMPLETED, CANCELLED = "SCHEDULED", "COMPLETED", "CANCELLED"
MOST_INTERVIEWS = 50
"""Of one submission."""
BEFORE_SUBMISSION = timedelta(days=1)
"""People write down in the evening what took place that day."""
AHEAD = timedelta(days=5 * 365)
"""Later ones are slips of the pen."""


class Interviews:
    """The interviews of submissions."""

    def __init__(self, database: Database, clock: Clock, submissions: Submissions) -> None:
        self._database = database
        self._clock = clock
        self._submissions = submissions

    def schedule(
        self,
        caller: Caller,
        request: api.ScheduleInterviewRequest,
        *,
        start_time: datetime,
        kind: str,
        location: str,
        notes: str,
    ) -> pb.Submission:
        """Arranges an interview; an early submission moves on to INTERVIEW_SCHEDULED, any other stays.

        Raises NotFound, FailedPrecondition (SUBMISSION_FINAL), Invalid (INTERVIEW_TIME), Exhausted
        (TOO_MANY_INTERVIEWS), Conflict (REQUEST_ID_REUSED).
        """
        with self._database.transaction(caller.tenant) as session:

            def make() -> pb.Submission:
                row = self._submissions.locked(session, caller, UUID(request.submission_id))
                check_active(State(row.state))
                self._check_time(row, start_time)
                self._check_room(session, row)
                session.add(self._interview(row, start_time, kind, location, notes))
                self._note(session, caller, row, "INTERVIEW_SCHEDULED", kind, "", start_time.isoformat())
                if row.state in MOVED_ON_BY_INTERVIEW:
                    self._submissions.move(session, caller, row, State.INTERVIEW_SCHEDULED)
                return self._submissions.view(session, row)

            return once(
                session,
                caller,
                request_id=request.request_id,
                method="ScheduleInterview",
                request=request,
                answer=pb.Submission,
                make=make,
            )

    def reschedule(
        self, caller: Caller, submission_id: UUID, interview_id: UUID, *, start_time: datetime, location: str
    ) -> pb.Submission:
        """Moves an interview to another time; an empty place stays as it is.

        Raises NotFound, FailedPrecondition (INTERVIEW_OVER), Invalid (INTERVIEW_TIME).
        """
        with self._database.transaction(caller.tenant) as session:
            row, interview = self._scheduled(session, caller, submission_id, interview_id)
            self._check_time(row, start_time)
            place = location or interview.location
            if (interview.start_time, interview.location) != (start_time, place):
                old = interview.start_time.isoformat()
                interview.start_time, interview.location = start_time, place
                interview.update_time = self._clock()
                self._note(session, caller, row, "INTERVIEW_SCHEDULED", "moved", old, start_time.isoformat())
            return self._submissions.view(session, row)

    def complete(self, caller: Caller, submission_id: UUID, interview_id: UUID, *, feedback: str) -> pb.Submission:
        """Records that an interview took place; with none ahead, INTERVIEW_SCHEDULED becomes INTERVIEWED.

        Raises NotFound, FailedPrecondition (INTERVIEW_OVER).
        """
        with self._database.transaction(caller.tenant) as session:
            row, interview = self._scheduled(session, caller, submission_id, interview_id)
            interview.feedback = feedback
            self._end(session, caller, row, interview, COMPLETED, feedback)
            if row.state == State.INTERVIEW_SCHEDULED and not self._count(session, row, SCHEDULED):
                self._submissions.move(session, caller, row, State.INTERVIEWED)
            return self._submissions.view(session, row)

    def cancel(self, caller: Caller, submission_id: UUID, interview_id: UUID, *, reason: str) -> pb.Submission:
        """Cancels an interview; the submission stays where it stands.

        Raises NotFound, FailedPrecondition (INTERVIEW_OVER).
        """
        with self._database.transaction(caller.tenant) as session:
            row, interview = self._scheduled(session, caller, submission_id, interview_id)
            interview.cancel_reason = reason
            self._end(session, caller, row, interview, CANCELLED, reason)
            return self._submissions.view(session, row)

    def cancel_ahead(self, session: Session, caller: Caller, row: SubmissionRow) -> None:
        """Part: the submission has ended, so nobody comes to what is ahead; what began may still be told of."""
        ahead = select(InterviewRow).where(
            InterviewRow.submission_id == row.submission_id,
            InterviewRow.state == SCHEDULED,
            InterviewRow.start_time > self._clock(),
        )
        for interview in session.scalars(ahead.order_by(InterviewRow.start_time, InterviewRow.interview_id)).all():
            interview.cancel_reason = f"the submission is {row.state}"
            self._end(session, caller, row, interview, CANCELLED, interview.cancel_reason)

    def _scheduled(
        self, session: Session, caller: Caller, submission_id: UUID, interview_id: UUID
    ) -> tuple[SubmissionRow, InterviewRow]:
        row = self._submissions.locked(session, caller, submission_id)
        interview = session.get(InterviewRow, interview_id)
        if interview is None or interview.submission_id != submission_id:
            raise NotFound(f"interview {interview_id} not found", reason="INTERVIEW_NOT_FOUND")
        if interview.state != SCHEDULED:
            message = f"the interview is {interview.state}; only one that is ahead can be changed"
            raise FailedPrecondition(message, reason="INTERVIEW_OVER", metadata={"state": interview.state})
        return row, interview

    def _end(
        self, session: Session, caller: Caller, row: SubmissionRow, interview: InterviewRow, state: str, said: str
    ) -> None:
        interview.state, interview.update_time = state, self._clock()
        self._note(session, caller, row, f"INTERVIEW_{state}", said, SCHEDULED, state)
        session.flush()

    def _note(
        self, session: Session, caller: Caller, row: SubmissionRow, kind: str, said: str, old: str, new: str
    ) -> None:
        self._submissions.note(session, caller, row, Change(kind, said, old, new))
        self._submissions.touch(row)

    def _interview(
        self, row: SubmissionRow, start_time: datetime, kind: str, location: str, notes: str
    ) -> InterviewRow:
        now = self._clock()
        return InterviewRow(
            interview_id=new_id(),
            tenant_id=row.tenant_id,
            submission_id=row.submission_id,
            state=SCHEDULED,
            type=kind,
            start_time=start_time,
            location=location,
            notes=notes,
            feedback="",
            cancel_reason="",
            create_time=now,
            update_time=now,
        )

    def _check_time(self, row: SubmissionRow, start_time: datetime) -> None:
        if row.create_time - BEFORE_SUBMISSION <= start_time <= self._clock() + AHEAD:
            return
        message = (
            f"an interview begins no earlier than {BEFORE_SUBMISSION.days} day before its submission was made and no"
            f" later than {AHEAD.days} days from now"
        )
        raise Invalid(message, reason="INTERVIEW_TIME", field="start_time")

    def _check_room(self, session: Session, row: SubmissionRow) -> None:
        if self._count(session, row) >= MOST_INTERVIEWS:
            message = f"a submission has at most {MOST_INTERVIEWS} interviews"
            raise Exhausted(message, reason="TOO_MANY_INTERVIEWS")

    def _count(self, session: Session, row: SubmissionRow, state: str = "") -> int:
        counted = select(func.count()).where(InterviewRow.submission_id == row.submission_id)
        if state:
            counted = counted.where(InterviewRow.state == state)
        return session.scalar(counted) or 0
