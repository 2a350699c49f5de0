"""Interviews: several to a submission, moving it on as they are arranged and held."""

from __future__ import annotations

import pytest
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.errors import Exhausted, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.ids import new_id


def of(interview, made):
    return {"submission_id": made.submission_id, "interview_id": interview.interview_id}


@pytest.mark.parametrize(
    ("states", "after"),
    [
        ([], "INTERVIEW_SCHEDULED"),
        (["CLIENT_REVIEW"], "INTERVIEW_SCHEDULED"),
        (["CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED"], "INTERVIEWED"),
        (["CLIENT_REVIEW", "ON_HOLD", "OFFERED"], "OFFERED"),
        (["ON_HOLD"], "ON_HOLD"),
    ],
)
def test_arranging_an_interview_moves_early_submissions_on(desk, state_of, states, after):
    made = desk.walk(desk.create(), *states)
    arranged = desk.schedule(made, type=pb.INTERVIEW_TYPE_VIDEO, location="meet.example/1", notes="with the team")
    assert state_of(arranged) == after
    (interview,) = arranged.interviews
    assert (interview.state, interview.type) == (pb.INTERVIEW_STATE_SCHEDULED, pb.INTERVIEW_TYPE_VIDEO)
    assert (interview.location, interview.notes) == ("meet.example/1", "with the team")
    assert ("INTERVIEW_SCHEDULED", "", "2026-03-04T09:00:00+00:00") in desk.activities(made)


@pytest.mark.parametrize("state", ["REJECTED", "WITHDRAWN"])
def test_an_ended_submission_has_no_interviews_ahead(desk, state):
    made = desk.move(desk.create(), state)
    with pytest.raises(FailedPrecondition) as refused:
        desk.schedule(made)
    assert refused.value.reason == "SUBMISSION_FINAL"


@pytest.mark.parametrize(
    ("states", "end"),
    [([], "REJECTED"), ([], "WITHDRAWN"), (["ON_HOLD"], "REJECTED"), (["INTERVIEWED", "OFFERED"], "PLACED")],
)
def test_the_end_of_a_submission_cancels_the_interviews_ahead_and_those_alone(desk, states, end):
    made = desk.schedule(desk.create(), start_time=desk.time(days=1))
    made = desk.schedule(made, start_time=desk.time(days=2))
    held, begun = made.interviews
    desk.rpc.CompleteInterview(api.CompleteInterviewRequest(**of(held, made)), desk.me)
    desk.clock.move(days=3)
    made = desk.schedule(made, start_time=desk.time(days=2))
    made = desk.schedule(made, start_time=desk.time(days=1))
    ended = desk.move(desk.walk(made, *states), end)
    states_after = [pb.InterviewState.Name(each.state).removeprefix("INTERVIEW_STATE_") for each in ended.interviews]
    assert states_after == ["COMPLETED", "SCHEDULED", "CANCELLED", "CANCELLED"]
    assert {each.cancel_reason for each in ended.interviews[2:]} == {f"the submission is {end}"}
    told = desk.activities(made)
    assert [each[0] for each in told[-3:]] == ["STATUS_CHANGE", "INTERVIEW_CANCELLED", "INTERVIEW_CANCELLED"]
    after = desk.rpc.CompleteInterview(api.CompleteInterviewRequest(**of(begun, made), feedback="took place"), desk.me)
    assert after.interviews[1].feedback == "took place"


def test_an_interview_is_moved_held_and_told_of(desk, state_of):
    made = desk.schedule(desk.create(), location="Room 1")
    (first,) = made.interviews
    moved = desk.rpc.RescheduleInterview(
        api.RescheduleInterviewRequest(**of(first, made), start_time=desk.time(days=5)), desk.me
    )
    assert (moved.interviews[0].location, moved.interviews[0].start_time) == ("Room 1", desk.time(days=5))
    second = desk.schedule(made, start_time=desk.time(days=9)).interviews[1]
    held = desk.rpc.CompleteInterview(api.CompleteInterviewRequest(**of(first, made), feedback="went well"), desk.me)
    assert state_of(held) == "INTERVIEW_SCHEDULED", "another one is ahead"
    assert held.interviews[0].feedback == "went well"
    held = desk.rpc.CompleteInterview(api.CompleteInterviewRequest(**of(second, made)), desk.me)
    assert state_of(held) == "INTERVIEWED"
    assert desk.activities(made)[-2:] == [
        ("INTERVIEW_COMPLETED", "SCHEDULED", "COMPLETED"),
        ("STATUS_CHANGE", "INTERVIEW_SCHEDULED", "INTERVIEWED"),
    ]
    assert ("INTERVIEW_SCHEDULED", "2026-03-04T09:00:00+00:00", "2026-03-07T09:00:00+00:00") in desk.activities(made)


def test_a_cancelled_interview_leaves_the_submission_where_it_stands(desk, state_of):
    made = desk.schedule(desk.create())
    (interview,) = made.interviews
    request = api.CancelInterviewRequest(**of(interview, made), reason="ill")
    cancelled = desk.rpc.CancelInterview(request, desk.me)
    assert state_of(cancelled) == "INTERVIEW_SCHEDULED"
    assert cancelled.interviews[0].cancel_reason == "ill"
    for again in (
        lambda: desk.rpc.CancelInterview(request, desk.me),
        lambda: desk.rpc.CompleteInterview(api.CompleteInterviewRequest(**of(interview, made)), desk.me),
    ):
        with pytest.raises(FailedPrecondition) as refused:
            again()
        assert refused.value.reason == "INTERVIEW_OVER"


@pytest.mark.parametrize("days", [-36_000, -1.01, 5 * 365 + 0.01, 60_000])
def test_an_interview_is_neither_before_its_submission_nor_years_ahead(desk, days):
    made = desk.create()
    with pytest.raises(Invalid) as refused:
        desk.schedule(made, start_time=desk.time(days=days))
    assert refused.value.reason == "INTERVIEW_TIME"
    (interview,) = desk.schedule(made, start_time=desk.time(hours=-23)).interviews
    with pytest.raises(Invalid):
        desk.rpc.RescheduleInterview(
            api.RescheduleInterviewRequest(**of(interview, made), start_time=desk.time(days=days)), desk.me
        )
    assert desk.get(made).interviews == [interview]


def test_an_interview_of_another_submission_is_not_found(desk):
    made, other = desk.schedule(desk.create()), desk.schedule(desk.create())
    for interview_id in (other.interviews[0].interview_id, str(new_id())):
        request = api.CancelInterviewRequest(submission_id=made.submission_id, interview_id=interview_id)
        with pytest.raises(NotFound) as refused:
            desk.rpc.CancelInterview(request, desk.boss)
        assert refused.value.reason == "INTERVIEW_NOT_FOUND"


def test_an_interview_that_is_arranged_again_under_one_id_is_one(desk):
    made, request_id = desk.create(), str(new_id())
    first = desk.schedule(made, request_id=request_id)
    assert desk.schedule(made, request_id=request_id) == first
    assert len(desk.get(made).interviews) == 1


def test_interviews_of_a_submission_are_bounded(desk, monkeypatch):
    monkeypatch.setattr("blacklight_matching.submissions.interviews.service.MOST_INTERVIEWS", 2)
    made = desk.create()
    desk.schedule(made)
    desk.schedule(made)
    with pytest.raises(Exhausted) as refused:
        desk.schedule(made)
    assert refused.value.reason == "TOO_MANY_INTERVIEWS"
