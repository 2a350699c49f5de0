"""Valid requests about submissions, and submissions of the caller's own to ask for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import CallerKind
from blacklight_testkit.matrix import Builder, Ids, World
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

METHODS = api.DESCRIPTOR.services_by_name["SubmissionService"].methods_by_name
SEEDED = {"submissions", "submission_stages", "submission_interviews", "submission_activities"}
START = Timestamp(seconds=1_900_000_000)


def seed(world: World, tenant: UUID, candidate_id: str, posting_id: str) -> Ids:
    """A submission with an interview, one on hold and one placed; all of the tenant's caller."""

    def rpc(name: str, request: Any) -> Any:
        return world.rpc(METHODS[name], request, CallerKind.USER, tenant)

    made = rpc("CreateSubmission", create({"candidate_id": candidate_id, "posting_id": posting_id}, client="First"))
    ids = {"submission_id": made.submission_id}
    ids["interview_id"] = rpc("ScheduleInterview", schedule(ids)).interviews[0].interview_id
    for name in ("held", "placed"):
        other = rpc("CreateExternalSubmission", create_external({"candidate_id": candidate_id}, title=name))
        ids[f"{name}_submission_id"] = other.submission_id
    held = {"submission_id": ids["held_submission_id"]}
    rpc("MoveSubmission", api.MoveSubmissionRequest(**held, state=pb.SUBMISSION_STATE_ON_HOLD))
    place = text("UPDATE submissions SET state = 'PLACED' WHERE submission_id = :placed")
    with world.running.database.transaction(tenant) as session:
        session.execute(place, {"placed": ids["placed_submission_id"]})
    return ids


def create(ids: Ids, client: str = "Second") -> api.CreateSubmissionRequest:
    submission = pb.Submission(
        candidate_id=ids["candidate_id"],
        posting_id=ids["posting_id"],
        vendor_company="Vendor",
        vendor_contact_name="Robin Example",
        vendor_contact_email="robin@vendor.example",
        vendor_contact_phone="+1 555 0100",
        client_company=client,
        bill_rate="90",
        pay_rate="70.50",
        notes="Available in two weeks.",
    )
    return api.CreateSubmissionRequest(submission=submission)


def create_external(ids: Ids, title: str = "Data Engineer") -> api.CreateExternalSubmissionRequest:
    job = pb.SubmissionJob(title=title, company="Elsewhere")
    submission = pb.Submission(candidate_id=ids["candidate_id"], job=job)
    return api.CreateExternalSubmissionRequest(submission=submission)


def schedule(ids: Ids) -> api.ScheduleInterviewRequest:
    return api.ScheduleInterviewRequest(submission_id=ids["submission_id"], start_time=START)


def update(ids: Ids) -> api.UpdateSubmissionRequest:
    submission = pb.Submission(submission_id=ids["submission_id"], hot=True)
    return api.UpdateSubmissionRequest(submission=submission, update_mask=FieldMask(paths=["hot"]))


def of(request: Any, submission: str = "submission_id", **fields: Any) -> Builder:
    return Builder(lambda ids: request(submission_id=ids[submission], **fields))


def of_interview(request: Any, **fields: Any) -> Builder:
    return Builder(lambda ids: request(submission_id=ids["submission_id"], interview_id=ids["interview_id"], **fields))


NOTE = pb.SUBMISSION_ACTIVITY_TYPE_NOTE
BUILDERS = {
    "SubmissionService.CreateSubmission": Builder(create),
    "SubmissionService.CreateExternalSubmission": Builder(create_external),
    "SubmissionService.CheckDuplicateSubmission": Builder(
        lambda ids: api.CheckDuplicateSubmissionRequest(candidate_id=ids["candidate_id"], posting_id=ids["posting_id"])
    ),
    "SubmissionService.GetSubmission": of(api.GetSubmissionRequest, include_activities=True),
    "SubmissionService.ListSubmissions": Builder(lambda ids: api.ListSubmissionsRequest(), shows="submission_id"),
    "SubmissionService.GetSubmissionBoard": Builder(lambda ids: api.GetSubmissionBoardRequest(), shows="submission_id"),
    "SubmissionService.ListFollowUps": Builder(lambda ids: api.ListFollowUpsRequest()),
    "SubmissionService.ListSubmitters": Builder(lambda ids: api.ListSubmittersRequest()),
    "SubmissionService.GetSubmissionStatistics": Builder(lambda ids: api.GetSubmissionStatisticsRequest()),
    "SubmissionService.UpdateSubmission": Builder(update),
    "SubmissionService.DeleteSubmission": of(api.DeleteSubmissionRequest),
    "SubmissionService.MoveSubmission": of(api.MoveSubmissionRequest, state=pb.SUBMISSION_STATE_ON_HOLD),
    "SubmissionService.ResumeSubmission": of(api.ResumeSubmissionRequest, "held_submission_id"),
    "SubmissionService.CorrectPlacement": of(
        api.CorrectPlacementRequest, "placed_submission_id", reason="fell through"
    ),
    "SubmissionService.ScheduleInterview": Builder(schedule),
    "SubmissionService.RescheduleInterview": of_interview(api.RescheduleInterviewRequest, start_time=START),
    "SubmissionService.CompleteInterview": of_interview(api.CompleteInterviewRequest),
    "SubmissionService.CancelInterview": of_interview(api.CancelInterviewRequest),
    "SubmissionService.AddSubmissionActivity": of(api.AddSubmissionActivityRequest, type=NOTE, content="Called."),
    "SubmissionService.ListSubmissionActivities": of(api.ListSubmissionActivitiesRequest),
}
