"""What hosts without a stream do, each call one transaction (spec 8.2-8.6). Every call may be sent again blindly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight.scraper.v1.fleet_service_pb2 import BatchAcknowledgement, PostingRefusal
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, Invalid
from blacklight_servicekit.ids import new_id
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.intake.fills import fills_of
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.intake.states import NewBatch
from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.rest import answers
from blacklight_scraper.rest.bodies import SessionBody, SubmissionBody
from blacklight_scraper.rest.encoding import Jobs, Piece, jobs_of
from blacklight_scraper.rest.models import SubmissionRow
from blacklight_scraper.rest.outcomes import failure_reason_of, outcome_of
from blacklight_scraper.rest.reading import SessionNotFound, session_id_of
from blacklight_scraper.rest.submissions import AlreadyReported, Fingerprint, Known, answer_of, same_as
from blacklight_scraper.sessions.refusals import Refused, session_ended, unknown_platform
from blacklight_scraper.sessions.reports import Report
from blacklight_scraper.sessions.service import ScrapeSessions
from blacklight_scraper.sessions.states import Holding, RunState, SessionState

_ENDS = {SessionState.TIMED_OUT: "timeout", SessionState.TERMINATED: "terminated"}
_GIVEN_UP = {**_ENDS, SessionState.COMPLETED: "completed"}
"""What a session is that had ended before it was completed or given up; nothing revives it (P-33)."""


class NoUsableJob(Invalid):
    """Not one of the jobs can be taken; `refused` says why, by place."""

    def __init__(self, refused: Sequence[PostingRefusal]) -> None:
        first = refused[0]
        super().__init__(
            f"none of the {len(refused)} jobs can be taken; the first for {first.field}: {first.message}",
            reason="NO_USABLE_JOB",
            field="jobs",
        )
        self.refused = refused


class SessionOver(FailedPrecondition):
    """The session ended too long ago for late jobs."""

    def __init__(self, session_id: UUID) -> None:
        super().__init__(session_ended(session_id).message, reason="SESSION_ENDED", field="session_id")


class RestHosts:
    """The hosts by REST; `late` is how long after its end a session still takes jobs (F-15, D-14)."""

    def __init__(
        self,
        database: Database,
        sessions: ScrapeSessions,
        intake: BatchIntake,
        credentials: Credentials,
        platforms: Platforms,
        clock: Clock,
        late: timedelta,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._intake = intake
        self._credentials = credentials
        self._platforms = platforms
        self._clock = clock
        self._late = late

    def availability(self, caller: Caller) -> dict[str, int]:
        """How many accounts each platform that the key allows has to lease now; 999 where it needs none, and 0 while it
        is paused or off.
        """
        with self._database.platform_transaction() as session:
            found = self._credentials.available(session, sorted(caller.platforms), self._clock())
            open_now = {board.name for board in self._platforms.claimable(session, caller.platforms)}
        return {name: count if name in open_now else 0 for name, count in found.items()}

    def submit(self, caller: Caller, body: SubmissionBody) -> bytes:
        """Takes a platform's jobs, all in one transaction with its end (H-12); returns the answer as JSON.

        The same again gets the same answer. Once the session has ended the jobs are late batches, and its outcome
        stays. Raises Refused, Invalid, SessionNotFound, SessionOver and AlreadyReported.
        """
        session_id, outcome = session_id_of(body.session_id), outcome_of(body)
        fingerprint, jobs = Fingerprint.of(body), jobs_of(body.jobs or ())
        now = self._clock()
        with self._database.platform_transaction() as session:
            holding = self._holding(session, caller, session_id, body.platform)
            known = same_as(self._known(session, session_id, body.platform), fingerprint)
            if known is not None:
                return known.answer
            ended = holding.end_time
            if ended is not None and now - ended > self._late:
                raise SessionOver(session_id)
            if jobs.drafts and not jobs.accepted and outcome is RunState.COMPLETED:
                raise NoUsableJob(jobs.refused)
            submission_id = new_id()
            if ended is None and self._sessions.runs(session, session_id)[body.platform] is not RunState.PENDING:
                raise AlreadyReported  # by a stream of the same key
            batches = self._store(session, session_id, body.platform, holding, jobs, submission_id, now)
            if ended is None:
                self._report(session, caller, session_id, body, outcome, len(batches))
            answer = answer_of(self._accepted(session, session_id, body, jobs, len(batches)))
            self._keep(session, submission_id, session_id, body.platform, fingerprint, answer, now)
            return answer

    def complete(self, caller: Caller, body: SessionBody) -> dict[str, Any]:
        """The host is through with a session; again answers the same. Raises Refused and SessionNotFound."""
        session_id = session_id_of(body.session_id)
        with self._database.platform_transaction() as session:
            state = self._sessions.finish(
                session, api_key_id=UUID(caller.id), session_id=session_id, fencing_token=None
            )
            summary = self._summary(session, session_id)
        return {"status": _ENDS.get(state, "completing"), "session_id": str(session_id), "summary": summary}

    def fail(self, caller: Caller, body: SessionBody) -> dict[str, Any]:
        """The host gives a session up; again changes nothing. Raises Refused and SessionNotFound."""
        session_id = session_id_of(body.session_id)
        with self._database.platform_transaction() as session:
            state = self._sessions.abandon(
                session,
                api_key_id=UUID(caller.id),
                session_id=session_id,
                fencing_token=None,
                failure_reason=failure_reason_of(body.reason, body.error_message),
                message=body.error_message,
            )
        return {"status": _GIVEN_UP.get(state, "failed"), "session_id": str(session_id)}

    def _holding(self, session: Session, caller: Caller, session_id: UUID, platform: str) -> Holding:
        holding = self._sessions.holdings(session, {session_id}).get(session_id)
        if holding is None or holding.api_key_id != UUID(caller.id):
            raise SessionNotFound
        if platform not in holding.platforms:
            raise Refused(unknown_platform(session_id, platform, holding.platforms))
        return holding

    def _known(self, session: Session, session_id: UUID, platform: str) -> list[Known]:
        rows = session.execute(
            select(SubmissionRow.submission_key, SubmissionRow.sha256, SubmissionRow.answer).where(
                SubmissionRow.session_id == session_id, SubmissionRow.platform == platform
            )
        )
        return [Known(row.submission_key, bytes(row.sha256), bytes(row.answer)) for row in rows]

    def _store(
        self,
        session: Session,
        session_id: UUID,
        platform: str,
        holding: Holding,
        jobs: Jobs,
        submission_id: UUID,
        now: datetime,
    ) -> list[NewBatch]:
        batches = [
            _batch(piece, session_id, platform, holding, number, submission_id)
            for number, piece in enumerate(jobs.pieces(), holding.last_sequence + 1)
        ]
        self._intake.store(session, batches, now)
        if batches:
            self._sessions.advance(session, {session_id: batches[-1].sequence}, now)
        return batches

    def _report(
        self, session: Session, caller: Caller, session_id: UUID, body: SubmissionBody, outcome: RunState, batches: int
    ) -> None:
        failed = outcome is RunState.FAILED
        report = Report(
            session_id=session_id,
            fencing_token=None,
            platform=body.platform,
            outcome=outcome,
            failure_reason=failure_reason_of(body.reason, body.error_message) if failed else 0,
            message=body.error_message,
            batches=batches,
        )
        self._sessions.report(session, api_key_id=UUID(caller.id), report=report)

    def _accepted(
        self, session: Session, session_id: UUID, body: SubmissionBody, jobs: Jobs, batches: int
    ) -> dict[str, Any]:
        return {
            "status": "accepted",
            "session_id": str(session_id),
            "platform": body.platform,
            "jobs_received": len(jobs.drafts),
            "jobs_accepted": jobs.accepted,
            "jobs_rejected": len(jobs.refused),
            "batches": batches,
            "errors": answers.errors(jobs.refused),
            "progress": answers.progress(self._sessions.runs(session, session_id)),
        }

    def _keep(
        self,
        session: Session,
        submission_id: UUID,
        session_id: UUID,
        platform: str,
        fingerprint: Fingerprint,
        answer: bytes,
        now: datetime,
    ) -> None:
        session.execute(
            insert(SubmissionRow).values(
                submission_id=submission_id,
                session_id=session_id,
                platform=platform,
                submission_key=fingerprint.key,
                sha256=fingerprint.sha256,
                answer=answer,
                create_time=now,
            )
        )

    def _summary(self, session: Session, session_id: UUID) -> dict[str, Any]:
        runs: Mapping[str, RunState] = self._sessions.runs(session, session_id)
        received = {name: self._intake.received_count(session, session_id, name) for name in sorted(runs)}
        return {**answers.progress(runs), "jobs_received": sum(received.values()), "jobs_by_platform": received}


def _batch(
    piece: Piece, session_id: UUID, platform: str, holding: Holding, sequence: int, submission_id: UUID
) -> NewBatch:
    payload = piece.drafts.SerializeToString(deterministic=True)
    acknowledgement = BatchAcknowledgement(
        session_id=str(session_id), sequence=sequence, accepted=piece.accepted, refused=piece.refused
    )
    return NewBatch(
        batch_id=new_id(),
        session_id=session_id,
        sequence=sequence,
        role_id=holding.role_id,
        platform=platform,
        payload=payload,
        sha256=hashlib.sha256(payload).digest(),
        received=len(piece.drafts.postings),
        accepted=piece.accepted,
        acknowledgement=acknowledgement.SerializeToString(),
        fills=fills_of(piece.drafts.postings),
        submission_id=submission_id,
    )
