"""A desk: the submissions of one tenant through their servicer, on a fresh database."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_matching.submissions.activities.service import Activities
from blacklight_matching.submissions.creation.service import Creation
from blacklight_matching.submissions.interviews.service import Interviews
from blacklight_matching.submissions.lists.service import SubmissionLists
from blacklight_matching.submissions.pipeline.service import Pipeline
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.rights.service import Rights
from blacklight_matching.submissions.servicer import SubmissionServicer
from blacklight_matching.submissions.statistics.service import SubmissionStatistics
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.ids import new_id
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

_numbers = itertools.count(1)
SEES_ALL = "submissions.view_all"


@dataclass
class Desk:
    """Whom a test submits, and how; what it asks for goes through decoding and encoding."""

    matching: Any
    build: Any
    right_days: int = 90
    tenant: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        database, clock = self.matching.database, self.matching.clock
        rights = Rights(clock, self.right_days)
        submissions = Submissions(database, clock, rights)
        interviews = Interviews(database, clock, submissions)
        self.creation = Creation(
            database,
            clock,
            submissions,
            rights,
            self.matching.profiles,
            self.matching.postings,
            mark_applied=self.matching.matches.mark_applied,
        )
        self.rpc = SubmissionServicer(
            submissions,
            self.creation,
            Pipeline(database, submissions, rights, interviews),
            interviews,
            Activities(database, submissions),
            SubmissionLists(database, clock),
            SubmissionStatistics(database, clock),
        )
        self.me = self.user()
        self.boss = self.user(SEES_ALL)

    @property
    def clock(self) -> Any:
        return self.matching.clock

    def user(self, *permissions: str, tenant: UUID | None = None) -> Caller:
        return Caller(CallerKind.USER, str(new_id()), tenant or self.tenant, frozenset(permissions))

    def candidate(self, caller: Caller | None = None, **changed: Any) -> str:
        """A candidate of the tenant, as the candidate service tells of it."""
        profile = self.build.profile(**changed)
        self.matching.candidates.put(caller or self.me, profile)
        return str(profile.candidate_id)

    def posting(self, **changed: Any) -> str:
        """A posting that everybody may see."""
        (row,) = self.matching.take_in([self.build.draft(**changed)])
        return str(row.posting_id)

    def order(self, **changed: Any) -> pb.Submission:
        """A submission as the form sends it; for a new candidate and posting unless said."""
        values: dict[str, Any] = {
            "vendor_company": "Vendor LLC",
            "vendor_contact_name": "Robin Example",
            "vendor_contact_email": "robin@vendor.example",
            "vendor_contact_phone": "+1 555 0100",
            "client_company": f"Client {next(_numbers)}",
            "bill_rate": "92.50",
            "pay_rate": "70",
            "notes": "Available in two weeks.",
        }
        values |= changed
        values.setdefault("candidate_id", "") or values.update(candidate_id=self.candidate())
        values.setdefault("posting_id", "") or values.update(posting_id=self.posting())
        return pb.Submission(**values)

    def create(self, caller: Caller | None = None, request_id: str = "", **changed: Any) -> pb.Submission:
        request = api.CreateSubmissionRequest(submission=self.order(**changed), request_id=request_id)
        return self.rpc.CreateSubmission(request, caller or self.me)

    def external(
        self, caller: Caller | None = None, title: str = "", company: str = "", **changed: Any
    ) -> pb.Submission:
        number = next(_numbers)
        job = pb.SubmissionJob(title=title or f"Job {number}", company=company or f"Company {number}")
        changed.setdefault("candidate_id", "") or changed.update(candidate_id=self.candidate())
        request = api.CreateExternalSubmissionRequest(submission=pb.Submission(job=job, **changed))
        return self.rpc.CreateExternalSubmission(request, caller or self.me)

    def get(
        self, submission: pb.Submission, caller: Caller | None = None, *, activities: bool = False
    ) -> pb.Submission:
        request = api.GetSubmissionRequest(submission_id=submission.submission_id, include_activities=activities)
        return self.rpc.GetSubmission(request, caller or self.boss)

    def move(self, submission: pb.Submission, state: str, caller: Caller | None = None, **said: Any) -> pb.Submission:
        target = pb.SubmissionState.Value(f"SUBMISSION_STATE_{state}")
        if state in ("REJECTED", "WITHDRAWN"):
            said.setdefault("reason", "no budget")
        request = api.MoveSubmissionRequest(submission_id=submission.submission_id, state=target, **said)
        return self.rpc.MoveSubmission(request, caller or self.boss)

    def walk(self, submission: pb.Submission, *states: str) -> pb.Submission:
        for state in states:
            submission = self.move(submission, state)
        return submission

    def update(
        self, submission: pb.Submission, caller: Caller | None = None, paths: list[str] | None = None, **values: Any
    ) -> pb.Submission:
        changed = pb.Submission(submission_id=submission.submission_id, **values)
        mask = FieldMask(paths=paths or [name for name in values if name != "etag"])
        request = api.UpdateSubmissionRequest(submission=changed, update_mask=mask)
        return self.rpc.UpdateSubmission(request, caller or self.boss)

    def schedule(self, submission: pb.Submission, caller: Caller | None = None, **said: Any) -> pb.Submission:
        said.setdefault("start_time", self.time(days=2))
        request = api.ScheduleInterviewRequest(submission_id=submission.submission_id, **said)
        return self.rpc.ScheduleInterview(request, caller or self.boss)

    def listed(self, caller: Caller | None = None, **query: Any) -> list[str]:
        """Ids of every page."""
        found, token = [], ""
        while True:
            request = api.ListSubmissionsRequest(page_token=token, **query)
            answer = self.rpc.ListSubmissions(request, caller or self.boss)
            found += [each.submission_id for each in answer.submissions]
            token = answer.next_page_token
            if not token:
                return found

    def activities(self, submission: pb.Submission, **query: Any) -> list[tuple[str, str, str]]:
        """Type, old and new value, oldest first."""
        request = api.ListSubmissionActivitiesRequest(submission_id=submission.submission_id, **query)
        answer = self.rpc.ListSubmissionActivities(request, self.boss)
        found = [(named(pb.SubmissionActivityType, a.type), a.old_value, a.new_value) for a in answer.activities]
        return found[::-1]

    def time(self, **ahead: float) -> Timestamp:
        """A moment from now."""
        from datetime import timedelta

        stamp = Timestamp()
        stamp.FromDatetime(self.clock() + timedelta(**ahead))
        return stamp

    def audited(self, action: str) -> list[Any]:
        with self.matching.database.transaction(self.tenant) as session:
            rows = session.execute(text("SELECT * FROM audit_log WHERE action = :action"), {"action": action})
            return list(rows)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.matching.database.transaction(self.tenant) as session:
            return list(session.execute(text(sql), values))


def named(enum: Any, value: int) -> str:
    """The name of a value without its prefix."""
    prefixes = {"SubmissionState": "SUBMISSION_STATE_", "SubmissionActivityType": "SUBMISSION_ACTIVITY_TYPE_"}
    return str(enum.Name(value)).removeprefix(prefixes[enum.DESCRIPTOR.name])


@pytest.fixture
def desk(matching: Any, build: Any) -> Desk:
    """A desk of a new tenant."""
    return Desk(matching, build)


@pytest.fixture
def make_desk(matching: Any, build: Any) -> Callable[..., Desk]:
    """Desks with other settings, or of other tenants."""
    return lambda **said: Desk(matching, build, **said)


@pytest.fixture
def state_of() -> Callable[[Message], str]:
    """Where a submission stands, without the prefix."""
    return lambda submission: named(pb.SubmissionState, submission.state)  # type: ignore[attr-defined]
