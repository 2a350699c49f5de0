"""Figures over submissions: from the stages they went through, not from when something last changed (pain P-80)."""

from __future__ import annotations

import pytest
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_testkit.faults import guards


def of(desk, caller=None, **query):
    return desk.rpc.GetSubmissionStatistics(api.GetSubmissionStatisticsRequest(**query), caller or desk.boss)


def by_state(figures, state_of):
    return {state_of(each): each for each in figures.states}


@guards(
    "P-80",
    file="services/matching/src/blacklight_matching/submissions/statistics/service.py",
    old='    stay = func.extract("epoch", StageRow.leave_time - StageRow.enter_time)\n',
    new='    stay = func.extract("epoch", SubmissionRow.update_time - SubmissionRow.create_time)\n',
)
def test_p80_days_in_a_stage_are_those_between_entering_and_leaving_it(desk, clock, state_of):
    first, second = desk.external(), desk.external()
    clock.move(days=2)
    desk.move(first, "CLIENT_REVIEW")
    clock.move(days=2)
    desk.move(second, "CLIENT_REVIEW")
    clock.move(days=10)
    desk.update(first, hot=True)
    figures = by_state(of(desk), state_of)
    assert figures["SUBMITTED"].average_days == pytest.approx(3.0)
    assert not figures["CLIENT_REVIEW"].HasField("average_days")


def test_conversion_counts_who_ever_came_to_a_state(desk, state_of):
    path = ["CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED", "PLACED"]
    for steps in (5, 3, 1, 0):
        desk.walk(desk.external(), *path[:steps])
    desk.move(desk.external(), "REJECTED")
    figures = of(desk)
    assert (figures.total, figures.active) == (5, 3)
    told = {state: (each.count, each.reached, each.conversion) for state, each in by_state(figures, state_of).items()}
    assert told == {
        "SUBMITTED": (1, 5, 10_000),
        "CLIENT_REVIEW": (1, 3, 6_000),
        "INTERVIEW_SCHEDULED": (0, 2, 4_000),
        "INTERVIEWED": (1, 2, 4_000),
        "OFFERED": (0, 1, 2_000),
        "ON_HOLD": (0, 0, 0),
        "PLACED": (1, 1, 2_000),
        "REJECTED": (1, 1, 2_000),
        "WITHDRAWN": (0, 0, 0),
    }


def test_days_to_placement_leave_out_placements_that_were_taken_back(desk, clock, state_of):
    path = ["CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED"]
    made = [desk.walk(desk.external(), *path) for _ in range(4)]
    for days, submission in zip((1, 1, 4), made, strict=False):
        clock.move(days=days)
        desk.move(submission, "PLACED")
    clock.move(days=20)
    desk.move(made[3], "PLACED")
    request = api.CorrectPlacementRequest(submission_id=made[3].submission_id, reason="never started")
    desk.rpc.CorrectPlacement(request, desk.boss)
    figures = of(desk)
    assert figures.average_days_to_placement == pytest.approx((1 + 2 + 6) / 3)
    assert figures.median_days_to_placement == pytest.approx(2.0)
    assert by_state(figures, state_of)["PLACED"].reached == 3


def test_only_the_days_asked_for_are_counted(desk, clock):
    desk.external()
    clock.move(days=20)
    desk.external()
    clock.move(days=20)
    assert of(desk).total == 1
    assert of(desk, days_back=10).total == 0
    assert of(desk, days_back=40).total == 2


def test_figures_are_of_what_the_caller_sees(desk, make_desk):
    make_desk().external()
    desk.external()
    other = desk.external(desk.user())
    assert of(desk).total == 2
    assert of(desk, desk.me).total == 1
    assert of(desk, submitter_id=other.submitter_id).total == 1
    assert of(desk, desk.me, submitter_id=other.submitter_id).total == 0
    assert [(each.submitter_id, each.total) for each in of(desk, desk.me).submitters] == [(desk.me.id, 1)]


def test_an_empty_tenant_has_figures_too(desk):
    figures = of(desk)
    assert (figures.total, len(figures.states)) == (0, 9)
    assert not figures.HasField("average_days_to_placement")
