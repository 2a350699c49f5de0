"""Submissions through the pipeline: moves, stages, holds, ends, corrections, and who may."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.errors import Conflict, FailedPrecondition, Invalid, NotFound
from blacklight_testkit.faults import guards

RECORDS = "services/matching/src/blacklight_matching/submissions/records/service.py"
PIPELINE = "services/matching/src/blacklight_matching/submissions/pipeline/service.py"


def test_every_stage_is_kept_with_its_times(desk, clock, state_of):
    made = desk.create()
    clock.move(days=2)
    desk.move(made, "CLIENT_REVIEW")
    clock.move(days=3)
    moved = desk.move(made, "INTERVIEW_SCHEDULED")
    stages = [(state_of(stage), stage.enter_time.ToDatetime(), stage.leave_time.ToDatetime()) for stage in moved.stages]
    assert [state for state, _, _ in stages] == ["SUBMITTED", "CLIENT_REVIEW", "INTERVIEW_SCHEDULED"]
    assert [(left - entered).days for _, entered, left in stages[:2]] == [2, 3]
    assert stages[0][2] == stages[1][1]
    assert not moved.stages[-1].HasField("leave_time")
    assert moved.state_time == moved.stages[-1].enter_time
    assert moved.state_changer_id == desk.boss.id
    assert desk.activities(made)[1:] == [
        ("STATUS_CHANGE", "SUBMITTED", "CLIENT_REVIEW"),
        ("STATUS_CHANGE", "CLIENT_REVIEW", "INTERVIEW_SCHEDULED"),
    ]
    assert [row.changes for row in desk.audited("submission.moved")] == [
        {"from": "SUBMITTED", "to": "CLIENT_REVIEW"},
        {"from": "CLIENT_REVIEW", "to": "INTERVIEW_SCHEDULED"},
    ]


def test_a_wrong_move_is_refused_naming_the_right_ones(desk):
    made = desk.create()
    with pytest.raises(FailedPrecondition) as refused:
        desk.move(made, "OFFERED")
    assert refused.value.reason == "MOVE_NOT_ALLOWED"
    assert refused.value.metadata["allowed"] == "CLIENT_REVIEW,ON_HOLD,REJECTED,WITHDRAWN"
    assert desk.get(made) == made


def test_a_move_to_where_it_stands_changes_nothing(desk):
    moved = desk.move(desk.create(), "CLIENT_REVIEW")
    assert desk.move(moved, "CLIENT_REVIEW") == moved
    ended = desk.move(moved, "REJECTED", reason="too junior")
    assert desk.move(moved, "REJECTED", reason="too junior") == ended
    with pytest.raises(FailedPrecondition):
        desk.move(moved, "REJECTED", reason="too senior")


def test_a_hold_goes_back_to_where_it_was_or_anywhere_active(desk, state_of):
    made = desk.walk(desk.create(), "CLIENT_REVIEW", "ON_HOLD")
    assert made.held_state == pb.SUBMISSION_STATE_CLIENT_REVIEW
    request = api.ResumeSubmissionRequest(submission_id=made.submission_id)
    resumed = desk.rpc.ResumeSubmission(request, desk.me)
    assert (state_of(resumed), resumed.held_state) == ("CLIENT_REVIEW", pb.SUBMISSION_STATE_UNSPECIFIED)
    with pytest.raises(FailedPrecondition) as refused:
        desk.rpc.ResumeSubmission(request, desk.me)
    assert refused.value.reason == "NOT_ON_HOLD"
    assert state_of(desk.walk(made, "ON_HOLD", "OFFERED")) == "OFFERED"


@pytest.mark.parametrize("state", ["SUBMITTED", "ON_HOLD"])
def test_a_rejection_keeps_reason_and_stage(desk, state):
    made = desk.create()
    if state == "ON_HOLD":
        desk.move(made, "ON_HOLD")
    ended = desk.move(made, "REJECTED", reason="too junior")
    assert (ended.rejection_reason, ended.rejection_stage) == ("too junior", state)
    other = desk.move(desk.create(), "REJECTED", reason="no budget", rejection_stage="phone screen")
    assert other.rejection_stage == "phone screen"
    assert desk.move(desk.create(), "WITHDRAWN", reason="took another job").withdrawal_reason == "took another job"


@pytest.mark.parametrize("state", ["REJECTED", "WITHDRAWN"])
def test_an_end_without_a_reason_is_refused(desk, state):
    made = desk.create()
    with pytest.raises(Invalid) as refused:
        desk.move(made, state, reason=" ")
    assert (refused.value.reason, refused.value.violations[0].field) == ("FIELD_REQUIRED", "reason")
    assert desk.get(made) == made
    assert desk.move(made, "ON_HOLD").state == pb.SUBMISSION_STATE_ON_HOLD


def offered(desk):
    return desk.walk(desk.create(), "CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED")


def test_a_placement_keeps_its_days(desk):
    placement = pb.Placement(start_date="2026-04-01", end_date="2026-12-31", duration_months=9)
    placed = desk.move(offered(desk), "PLACED", placement=placement)
    assert placed.placement == placement
    assert not desk.create().HasField("placement")
    for wrong, reason in (
        (pb.Placement(start_date="2026-02-30"), "INVALID_DATE"),
        (pb.Placement(start_date="2026-04-02", end_date="2026-04-01"), "PLACEMENT_ENDS_FIRST"),
    ):
        with pytest.raises(Invalid) as refused:
            desk.move(offered(desk), "PLACED", placement=wrong)
        assert refused.value.reason == reason


def test_the_days_of_a_placement_are_changed_while_it_stands(desk):
    placed = desk.move(offered(desk), "PLACED", placement=pb.Placement(start_date="2026-04-01"))
    longer = pb.Placement(start_date="2026-04-01", end_date="2026-12-31")
    assert desk.update(placed, placement=longer).placement == longer
    assert desk.activities(placed)[-1] == ("NOTE", "none", "2026-12-31")
    with pytest.raises(FailedPrecondition) as refused:
        desk.update(offered(desk), placement=longer)
    assert refused.value.reason == "NOT_PLACED"


def test_of_moves_at_once_each_is_checked_against_where_the_last_one_led(desk):
    made = desk.create()
    targets = ["CLIENT_REVIEW", "ON_HOLD", "REJECTED", "WITHDRAWN"] * 3
    ready = threading.Barrier(len(targets))

    def move(target):
        ready.wait()
        with contextlib.suppress(FailedPrecondition):
            desk.move(made, target)

    with ThreadPoolExecutor(len(targets)) as pool:
        list(pool.map(move, targets))
    stages = desk.get(made).stages
    led = [state for kind, _, state in desk.activities(made) if kind == "STATUS_CHANGE"]
    assert [pb.SubmissionState.Name(stage.state).removeprefix("SUBMISSION_STATE_") for stage in stages[1:]] == led
    assert sum(not stage.HasField("leave_time") for stage in stages) == 1
    assert len([state for state in led if state in ("REJECTED", "WITHDRAWN")]) == 1
    assert led[-1] in ("REJECTED", "WITHDRAWN")


@guards(
    "P-79",
    file=PIPELINE,
    old="            check_move(State(row.state), target)\n",
    new="",
)
def test_p79_a_placement_is_not_withdrawn_by_a_move(desk):
    placed = desk.move(offered(desk), "PLACED")
    for target in ("WITHDRAWN", "REJECTED", "OFFERED", "SUBMITTED"):
        with pytest.raises(FailedPrecondition) as refused:
            desk.move(placed, target)
        assert refused.value.reason == "SUBMISSION_FINAL"
    assert "CorrectPlacement" in refused.value.message


def test_a_placement_is_taken_back_by_a_correction_that_is_audited(desk, state_of):
    placed = desk.move(offered(desk), "PLACED", placement=pb.Placement(start_date="2026-04-01"))
    request = api.CorrectPlacementRequest(submission_id=placed.submission_id, reason="entered by mistake")
    corrected = desk.rpc.CorrectPlacement(request, desk.boss)
    assert (state_of(corrected), corrected.HasField("placement")) == ("OFFERED", False)
    (audit,) = desk.audited("submission.placement_corrected")
    assert (audit.entity_id, audit.actor_id) == (placed.submission_id, desk.boss.id)
    newest = desk.get(placed, activities=True).activities[0]
    assert newest.content == "placement from 2026-04-01 taken back: entered by mistake"
    with pytest.raises(FailedPrecondition) as refused:
        desk.rpc.CorrectPlacement(request, desk.boss)
    assert refused.value.reason == "NOT_PLACED"
    again = desk.move(corrected, "PLACED")
    request.state, request.reason = pb.SUBMISSION_STATE_REJECTED, "did not start"
    fallen = desk.rpc.CorrectPlacement(request, desk.boss)
    assert again.state == pb.SUBMISSION_STATE_PLACED
    assert (state_of(fallen), fallen.rejection_reason, fallen.rejection_stage) == (
        "REJECTED",
        "did not start",
        "PLACED",
    )


def test_an_outdated_etag_is_refused(desk):
    made = desk.create()
    desk.move(made, "CLIENT_REVIEW", etag=made.etag)
    with pytest.raises(Conflict) as refused:
        desk.move(made, "ON_HOLD", etag=made.etag)
    assert refused.value.reason == "ETAG_MISMATCH"


def verbs(desk, made, caller):
    """Every verb that names a submission, as this caller."""
    of = {"submission_id": made.submission_id}
    interview = {**of, "interview_id": made.interviews[0].interview_id}
    start = desk.time(days=1)
    note = pb.SUBMISSION_ACTIVITY_TYPE_NOTE
    return [
        lambda: desk.rpc.GetSubmission(api.GetSubmissionRequest(**of), caller),
        lambda: desk.rpc.ListSubmissionActivities(api.ListSubmissionActivitiesRequest(**of), caller),
        lambda: desk.update(made, caller, hot=True),
        lambda: desk.move(made, "ON_HOLD", caller),
        lambda: desk.rpc.ResumeSubmission(api.ResumeSubmissionRequest(**of), caller),
        lambda: desk.rpc.CorrectPlacement(api.CorrectPlacementRequest(**of, reason="x"), caller),
        lambda: desk.schedule(made, caller),
        lambda: desk.rpc.RescheduleInterview(api.RescheduleInterviewRequest(**interview, start_time=start), caller),
        lambda: desk.rpc.CompleteInterview(api.CompleteInterviewRequest(**interview), caller),
        lambda: desk.rpc.CancelInterview(api.CancelInterviewRequest(**interview), caller),
        lambda: desk.rpc.AddSubmissionActivity(api.AddSubmissionActivityRequest(**of, type=note, content="x"), caller),
    ]


@pytest.mark.parametrize("who", ["colleague", "another tenant's chief"])
def test_somebody_elses_submission_looks_absent(desk, make_desk, who):
    made = desk.schedule(desk.create())
    caller = desk.user() if who == "colleague" else make_desk().boss
    for verb in verbs(desk, made, caller):
        with pytest.raises(NotFound) as refused:
            verb()
        assert refused.value.reason == "SUBMISSION_NOT_FOUND"
    desk.rpc.DeleteSubmission(api.DeleteSubmissionRequest(submission_id=made.submission_id), caller)
    assert desk.get(made) == made


def test_ones_own_submission_and_with_view_all_everybodys_are_changed(desk):
    for caller in (desk.me, desk.boss):
        made = desk.schedule(desk.create())
        assert desk.update(made, caller, hot=True).hot
        assert desk.move(made, "ON_HOLD", caller).state == pb.SUBMISSION_STATE_ON_HOLD
