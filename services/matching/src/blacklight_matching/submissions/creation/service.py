"""Submitting candidates, for postings and for jobs that are not in the store (spec 2.3, 9.5; D-2; pains P-05, P-79)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.request_log import once
from sqlalchemy.orm import Session

from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.submissions.changes import Change
from blacklight_matching.submissions.encoding import GIVEN, decode_fields
from blacklight_matching.submissions.models import SubmissionRow
from blacklight_matching.submissions.records.service import Submissions, content_of_job
from blacklight_matching.submissions.required import check_required
from blacklight_matching.submissions.right import Blocking, company_key, job_key
from blacklight_matching.submissions.rights.service import Claim, Rights
from blacklight_matching.submissions.states import State
from blacklight_matching.wire import clean, optional_uuid

_OF_A_POSTING = tuple(path for path in GIVEN if path != "job")
_BLANK: Mapping[str, Any] = {
    "held_state": "",
    "rejection_reason": "",
    "rejection_stage": "",
    "withdrawal_reason": "",
    "placement_start_date": None,
    "placement_end_date": None,
    "placement_months": None,
}

LOOKS, LOOK_SECONDS = 20, 0.05
"""How often a candidate is looked for that may be on its way; a second in all."""

MarkApplied = Callable[[Session, Caller, UUID, UUID], object]
"""Part of matches: (session, caller, candidate, posting) → the match of the two, if there is one, is APPLIED."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be submitted: columns as given, and why another's right is passed over."""

    values: dict[str, Any]
    override_reason: str

    @property
    def candidate_id(self) -> UUID:
        """Whom."""
        return UUID(str(self.values["candidate_id"]))


class Creation:
    """Makes submissions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        submissions: Submissions,
        rights: Rights,
        profiles: Profiles,
        postings: Postings,
        mark_applied: MarkApplied,
    ) -> None:
        self._database = database
        self._clock = clock
        self._submissions = submissions
        self._rights = rights
        self._profiles = profiles
        self._postings = postings
        self._mark_applied = mark_applied

    def create(self, caller: Caller, request: api.CreateSubmissionRequest) -> pb.Submission:
        """Submits a candidate for a posting that the tenant may see; a match of the two becomes APPLIED.

        Raises Invalid (FIELD_REQUIRED), NotFound (CANDIDATE_NOT_FOUND, POSTING_NOT_FOUND), AlreadyExists
        (SUBMISSION_ACTIVE, RIGHT_TO_REPRESENT_HELD), Denied (OVERRIDE_DENIED), Conflict (REQUEST_ID_REUSED),
        Unavailable (CANDIDATE_NOT_KNOWN_YET).
        """
        order = _order(request.submission, _OF_A_POSTING, posting_id=optional_uuid(request.submission.posting_id))
        check_required(order.values, external=False)
        self._await_candidate(caller, order.candidate_id)
        return self._once(caller, request, "CreateSubmission", lambda session: self._create(session, caller, order))

    def create_external(self, caller: Caller, request: api.CreateExternalSubmissionRequest) -> pb.Submission:
        """Submits a candidate for a job as typed. Raises as `create`."""
        order = _order(request.submission, GIVEN, posting_id=None)
        check_required(order.values, external=True)
        self._await_candidate(caller, order.candidate_id)
        if not order.values["client_company"]:
            company = order.values["job_company"]
            order.values.update(client_company=company, client_key=company_key(company))
        return self._once(
            caller, request, "CreateExternalSubmission", lambda session: self._make(session, caller, order)
        )

    def find_blocking(self, caller: Caller, request: api.CheckDuplicateSubmissionRequest) -> Blocking | None:
        """What a submission would be refused for. Raises NotFound (POSTING_NOT_FOUND)."""
        candidate_id, posting_id = UUID(request.candidate_id), optional_uuid(request.posting_id)
        client, title = clean(request.client_company or request.job_company), clean(request.job_title)
        with self._database.transaction(caller.tenant) as session:
            if posting_id is not None:
                job = self._job_of(session, caller.tenant, posting_id)
                client, title = client or job["job_company"], job["job_title"]
            claim = Claim(candidate_id, posting_id, job_key(client, title))
            return self._rights.find_blocking(session, caller.tenant, claim)

    def _await_candidate(self, caller: Caller, candidate_id: UUID) -> None:
        """Gives the profile of a candidate that was made a moment ago some time to arrive."""
        for _ in range(LOOKS):
            with self._database.transaction(caller.tenant) as session:
                if not self._profiles.is_awaited(session, caller.tenant, candidate_id):
                    return
            sleep(LOOK_SECONDS)

    def _once(
        self, caller: Caller, request: Any, method: str, make: Callable[[Session], pb.Submission]
    ) -> pb.Submission:
        with self._database.transaction(caller.tenant) as session:
            return once(
                session,
                caller,
                request_id=request.request_id,
                method=method,
                request=request,
                answer=pb.Submission,
                make=lambda: make(session),
            )

    def _create(self, session: Session, caller: Caller, order: Order) -> pb.Submission:
        posting_id: UUID = order.values["posting_id"]
        order.values.update(self._job_of(session, caller.tenant, posting_id))
        made = self._make(session, caller, order)
        self._mark_applied(session, caller, order.candidate_id, posting_id)
        return made

    def _make(self, session: Session, caller: Caller, order: Order) -> pb.Submission:
        values = order.values
        values["job_key"] = job_key(values["client_company"], values["job_title"])
        self._rights.lock(session, order.candidate_id)
        values.update(self._candidate_of(session, caller.tenant, order))
        claim = Claim(order.candidate_id, values["posting_id"], values["job_key"])
        passed_over = self._rights.check(session, caller, claim, order.override_reason)
        row = self._row(caller, values, order.override_reason if passed_over else "")
        self._submissions.add(session, caller, row, _created(passed_over, order.override_reason))
        return self._submissions.view(session, row)

    def _row(self, caller: Caller, values: Mapping[str, Any], override_reason: str) -> SubmissionRow:
        now = self._clock()
        return SubmissionRow(
            **_BLANK,
            **values,
            submission_id=new_id(),
            tenant_id=caller.tenant,
            submitter_id=UUID(caller.id),
            job_hash=content_of_job(values),
            state=State.SUBMITTED.value,
            state_time=now,
            state_changer_id=caller.id,
            right_end_time=self._rights.end_time(now),
            right_override_reason=override_reason,
            version=1,
            create_time=now,
            update_time=now,
        )

    def _job_of(self, session: Session, tenant_id: UUID, posting_id: UUID) -> dict[str, Any]:
        posting = self._postings.snapshot(session, tenant_id, posting_id)
        if posting is None:
            raise NotFound(f"posting {posting_id} not found", reason="POSTING_NOT_FOUND")
        return {
            "job_title": posting.title,
            "job_company": posting.company,
            "job_location": posting.location,
            "job_url": posting.url,
            "job_platform": posting.platform,
            "job_description": posting.description,
        }

    def _candidate_of(self, session: Session, tenant_id: UUID, order: Order) -> dict[str, Any]:
        profile = self._profiles.find(session, tenant_id, order.candidate_id)
        if profile is None:
            raise self._profiles.unknown(session, tenant_id, order.candidate_id)
        return {
            "candidate_name": profile.display_name,
            "candidate_title": profile.current_title,
            "resume_id": order.values["resume_id"] or profile.resume_id,
            "profile_version": profile.version,
            "profile_hash": profile.content_hash,
        }


def _order(submission: pb.Submission, paths: tuple[str, ...], *, posting_id: UUID | None) -> Order:
    values = decode_fields(submission, paths)
    values.update(candidate_id=optional_uuid(submission.candidate_id), posting_id=posting_id)
    return Order(values, clean(submission.right_override_reason).strip())


def _created(passed_over: Blocking | None, reason: str) -> Change:
    if passed_over is None:
        return Change("CREATED", "", "", State.SUBMITTED.value)
    content = f"the right of submission {passed_over.submission_id} was passed over: {reason}"
    return Change("CREATED", content, "", State.SUBMITTED.value)
