"""SubmissionService: decode, call, encode."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.masks import paths_of, validate_fields
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp

from blacklight_matching.submissions.activities.service import Activities
from blacklight_matching.submissions.creation.service import Creation
from blacklight_matching.submissions.encoding import EDITABLE, decode_fields, decode_placement, encode_state
from blacklight_matching.submissions.interviews.service import Interviews
from blacklight_matching.submissions.lists.order import order_of
from blacklight_matching.submissions.lists.service import DAYS_AHEAD, SubmissionLists, Wanted
from blacklight_matching.submissions.pipeline.service import Pipeline
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.right import RIGHT_HELD
from blacklight_matching.submissions.rights.service import SEES_ALL
from blacklight_matching.submissions.states import State
from blacklight_matching.submissions.statistics.service import SubmissionStatistics
from blacklight_matching.wire import clean, optional_uuid, timestamp, without_prefix


class SubmissionServicer:
    """Submissions of the caller, or of its tenant."""

    service = api.DESCRIPTOR.services_by_name["SubmissionService"]

    def __init__(
        self,
        submissions: Submissions,
        creation: Creation,
        pipeline: Pipeline,
        interviews: Interviews,
        activities: Activities,
        lists: SubmissionLists,
        statistics: SubmissionStatistics,
    ) -> None:
        self._submissions = submissions
        self._creation = creation
        self._pipeline = pipeline
        self._interviews = interviews
        self._activities = activities
        self._lists = lists
        self._statistics = statistics

    def CreateSubmission(self, request: api.CreateSubmissionRequest, caller: Caller) -> pb.Submission:
        """Submits a candidate for a posting."""
        return self._creation.create(caller, request)

    def CreateExternalSubmission(self, request: api.CreateExternalSubmissionRequest, caller: Caller) -> pb.Submission:
        """Submits a candidate for a job that is not in the store."""
        return self._creation.create_external(caller, request)

    def CheckDuplicateSubmission(
        self, request: api.CheckDuplicateSubmissionRequest, caller: Caller
    ) -> api.CheckDuplicateSubmissionResponse:
        """Says what a submission would be refused for."""
        blocking = self._creation.find_blocking(caller, request)
        if blocking is None:
            return api.CheckDuplicateSubmissionResponse()
        is_right = blocking.reason == RIGHT_HELD
        return api.CheckDuplicateSubmissionResponse(
            blocking=api.BlockingSubmission(
                reason=blocking.reason,
                submission_id=str(blocking.submission_id),
                submitter_id=str(blocking.submitter_id),
                state=encode_state(blocking.state),
                create_time=timestamp(blocking.create_time),
                right_end_time=timestamp(blocking.right_end_time) if is_right else None,
                overridable=is_right and SEES_ALL in caller.permissions,
            )
        )

    def GetSubmission(self, request: api.GetSubmissionRequest, caller: Caller) -> pb.Submission:
        """Reads one submission."""
        submission_id = UUID(request.submission_id)
        return self._submissions.get(caller, submission_id, include_activities=request.include_activities)

    def ListSubmissions(self, request: api.ListSubmissionsRequest, caller: Caller) -> api.ListSubmissionsResponse:
        """Lists submissions."""
        states = tuple(sorted({decode_state(state) for state in request.states}))
        wanted = decode_wanted(request, states=states, active=request.active if request.HasField("active") else None)
        return self._lists.list_submissions(
            caller, wanted, order_of(request.order_by), page_size=request.page_size, page_token=request.page_token
        )

    def GetSubmissionBoard(self, request: api.GetSubmissionBoardRequest, caller: Caller) -> api.SubmissionBoard:
        """Lists submissions by state."""
        wanted = decode_wanted(request)
        return self._lists.board(caller, wanted, page_size=request.page_size, active_only=request.active_only)

    def ListFollowUps(self, request: api.ListFollowUpsRequest, caller: Caller) -> api.ListFollowUpsResponse:
        """Lists submissions to follow up."""
        return self._lists.follow_ups(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            submitter_id=optional_uuid(request.submitter_id),
            days_ahead=request.days_ahead if request.HasField("days_ahead") else DAYS_AHEAD,
            include_overdue=request.include_overdue if request.HasField("include_overdue") else True,
        )

    def ListSubmitters(self, request: api.ListSubmittersRequest, caller: Caller) -> api.ListSubmittersResponse:
        """Lists who has submitted."""
        return self._lists.submitters(caller, page_size=request.page_size, page_token=request.page_token)

    def GetSubmissionStatistics(
        self, request: api.GetSubmissionStatisticsRequest, caller: Caller
    ) -> api.SubmissionStatistics:
        """Counts what became of submissions."""
        submitter_id = optional_uuid(request.submitter_id)
        return self._statistics.of(caller, submitter_id=submitter_id, days_back=request.days_back)

    def UpdateSubmission(self, request: api.UpdateSubmissionRequest, caller: Caller) -> pb.Submission:
        """Writes the fields named in the mask."""
        paths = paths_of(request.update_mask, EDITABLE)
        validate_fields(request.submission, [*paths, "submission_id"])
        submission_id = optional_uuid(request.submission.submission_id)
        if submission_id is None:
            message = "submission.submission_id says which submission to change"
            raise Invalid(message, reason="FIELD_REQUIRED", field="submission.submission_id")
        values = decode_fields(request.submission, paths)
        return self._submissions.update(caller, submission_id, values, etag=request.submission.etag)

    def DeleteSubmission(self, request: api.DeleteSubmissionRequest, caller: Caller) -> Empty:
        """Deletes a submission."""
        self._submissions.delete(caller, UUID(request.submission_id), etag=request.etag)
        return Empty()

    def MoveSubmission(self, request: api.MoveSubmissionRequest, caller: Caller) -> pb.Submission:
        """Moves a submission to another state."""
        return self._pipeline.move(
            caller,
            UUID(request.submission_id),
            decode_state(request.state),
            reason=clean(request.reason),
            rejection_stage=clean(request.rejection_stage),
            placement=decode_placement(request.placement),
            etag=request.etag,
        )

    def ResumeSubmission(self, request: api.ResumeSubmissionRequest, caller: Caller) -> pb.Submission:
        """Takes a submission off hold."""
        return self._pipeline.resume(caller, UUID(request.submission_id), etag=request.etag)

    def CorrectPlacement(self, request: api.CorrectPlacementRequest, caller: Caller) -> pb.Submission:
        """Takes a placement back."""
        target = decode_state(request.state) if request.state else State.OFFERED
        return self._pipeline.correct(
            caller,
            UUID(request.submission_id),
            reason=clean(request.reason),
            target=target,
            override_reason=clean(request.right_override_reason).strip(),
            etag=request.etag,
        )

    def ScheduleInterview(self, request: api.ScheduleInterviewRequest, caller: Caller) -> pb.Submission:
        """Arranges an interview."""
        return self._interviews.schedule(
            caller,
            request,
            start_time=decode_time(request.start_time),
            kind=without_prefix(pb.InterviewType.Name(request.type), "INTERVIEW_TYPE_"),
            location=clean(request.location),
            notes=clean(request.notes),
        )

    def RescheduleInterview(self, request: api.RescheduleInterviewRequest, caller: Caller) -> pb.Submission:
        """Moves an interview to another time."""
        return self._interviews.reschedule(
            caller,
            UUID(request.submission_id),
            UUID(request.interview_id),
            start_time=decode_time(request.start_time),
            location=clean(request.location),
        )

    def CompleteInterview(self, request: api.CompleteInterviewRequest, caller: Caller) -> pb.Submission:
        """Records that an interview took place."""
        ids = UUID(request.submission_id), UUID(request.interview_id)
        return self._interviews.complete(caller, *ids, feedback=clean(request.feedback))

    def CancelInterview(self, request: api.CancelInterviewRequest, caller: Caller) -> pb.Submission:
        """Cancels an interview."""
        ids = UUID(request.submission_id), UUID(request.interview_id)
        return self._interviews.cancel(caller, *ids, reason=clean(request.reason))

    def AddSubmissionActivity(self, request: api.AddSubmissionActivityRequest, caller: Caller) -> pb.SubmissionActivity:
        """Adds an activity."""
        return self._activities.add(caller, request, kind=decode_kind(request.type), content=clean(request.content))

    def ListSubmissionActivities(
        self, request: api.ListSubmissionActivitiesRequest, caller: Caller
    ) -> api.ListSubmissionActivitiesResponse:
        """Lists what happened to a submission."""
        activities, token = self._activities.list_of(
            caller,
            UUID(request.submission_id),
            page_size=request.page_size,
            page_token=request.page_token,
            kinds=[decode_kind(kind) for kind in request.types],
        )
        return api.ListSubmissionActivitiesResponse(activities=activities, next_page_token=token)


def decode_state(state: pb.SubmissionState.ValueType) -> State:
    """A state; the contract's rules keep the unspecified one out."""
    return State(without_prefix(pb.SubmissionState.Name(state), "SUBMISSION_STATE_"))


def decode_kind(kind: pb.SubmissionActivityType.ValueType) -> str:
    """A kind of activity."""
    return without_prefix(pb.SubmissionActivityType.Name(kind), "SUBMISSION_ACTIVITY_TYPE_")


def decode_time(stamp: Timestamp) -> datetime:
    """A moment. Raises Invalid (INVALID_TIME) for one outside the years 1 to 9999."""
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("a time must be of the years 1 to 9999", reason="INVALID_TIME", field="start_time") from error


def decode_wanted(request: Any, *, states: tuple[State, ...] = (), active: bool | None = None) -> Wanted:
    """The filters that lists and board share."""
    return Wanted(
        states=states,
        active=active,
        candidate_id=optional_uuid(request.candidate_id),
        posting_id=optional_uuid(request.posting_id),
        submitter_id=optional_uuid(request.submitter_id),
        mine=request.mine,
        vendor_company=clean(request.vendor_company),
        client_company=clean(request.client_company),
        priority=request.priority,
        hot=request.hot if request.HasField("hot") else None,
        create_after=decode_time(request.create_after) if request.HasField("create_after") else None,
        create_before=decode_time(request.create_before) if request.HasField("create_before") else None,
    )
