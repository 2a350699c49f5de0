"""Fields changed by mask and told of, activities of people, and deletion."""

from __future__ import annotations

import pytest
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.errors import Conflict, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.ids import new_id


def test_every_kind_of_change_is_told_with_what_was_and_is(desk):
    made = desk.create(vendor_company="Vendor LLC")
    changed = desk.update(
        made,
        vendor_company="Other Vendor",
        bill_rate="95",
        priority=pb.SUBMISSION_PRIORITY_HIGH,
        hot=True,
        follow_up_date="2026-03-09",
        notes="Available now.",
    )
    assert (changed.vendor_company, changed.bill_rate, changed.margin.amount) == ("Other Vendor", "95.00", "25.00")
    assert sorted(desk.activities(made)[1:]) == [
        ("FOLLOW_UP_SET", "none", "2026-03-09"),
        ("NOTE", "", ""),
        ("PRIORITY_CHANGED", "MEDIUM, not hot", "HIGH, hot"),
        ("RATE_UPDATED", "92.50", "95.00"),
        ("VENDOR_UPDATED", "Vendor LLC", "Other Vendor"),
    ]
    (audit,) = desk.audited("submission.updated")
    assert "vendor_company" in audit.changes["fields"]
    assert "Vendor LLC" not in str(audit.changes)
    cleared = desk.update(changed, paths=["follow_up_date"])
    assert cleared.follow_up_date == ""
    assert desk.activities(made)[-1] == ("FOLLOW_UP_SET", "2026-03-09", "none")


def test_only_the_fields_of_the_mask_are_written(desk):
    made = desk.create()
    changed = desk.update(made, paths=["hot"], hot=True, notes="not this")
    assert (changed.hot, changed.notes) == (True, made.notes)


def test_equal_values_change_nothing(desk):
    made = desk.create()
    assert desk.update(made, bill_rate="92.5", notes=made.notes) == made
    assert desk.audited("submission.updated") == []


@pytest.mark.parametrize(
    ("values", "paths", "reason"),
    [
        ({"state": pb.SUBMISSION_STATE_PLACED}, ["state"], "UNKNOWN_FIELD"),
        ({"candidate_id": str(new_id())}, ["candidate_id"], "UNKNOWN_FIELD"),
        ({"bill_rate": "ninety"}, ["bill_rate"], "INVALID_FIELD"),
        ({"bill_rate": "90.505"}, ["bill_rate"], "INVALID_FIELD"),
        ({"pay_rate": "-1"}, ["pay_rate"], "INVALID_FIELD"),
        ({"currency": "usd"}, ["currency"], "INVALID_FIELD"),
        ({"vendor_contact_email": "nobody"}, ["vendor_contact_email"], "INVALID_FIELD"),
        ({"follow_up_date": "2026-02-30"}, ["follow_up_date"], "INVALID_DATE"),
        ({"notes": ""}, ["notes"], "FIELD_REQUIRED"),
        ({"client_company": " "}, ["client_company"], "FIELD_REQUIRED"),
    ],
)
def test_a_change_that_cannot_be_is_refused(desk, values, paths, reason):
    made = desk.create()
    with pytest.raises(Invalid) as refused:
        desk.update(made, paths=paths, **values)
    assert refused.value.reason == reason
    assert desk.get(made) == made


def test_the_job_of_a_posting_is_not_rewritten_but_an_external_one_is(desk):
    job = pb.SubmissionJob(title="QA Lead", company="Initech", description="Tests things.")
    with pytest.raises(FailedPrecondition) as refused:
        desk.update(desk.create(), job=job)
    assert refused.value.reason == "JOB_IS_A_POSTING"
    external = desk.external()
    changed = desk.update(external, job=job)
    assert (changed.job.title, changed.job.description) == ("QA Lead", "Tests things.")
    assert changed.job.content_hash != external.job.content_hash
    with pytest.raises(Invalid):
        desk.update(external, job=pb.SubmissionJob(title="QA Lead"))


def test_an_outdated_etag_is_refused_and_a_malformed_id_named(desk):
    made = desk.create()
    desk.update(made, hot=True, etag=made.etag)
    with pytest.raises(Conflict):
        desk.update(made, hot=False, paths=["hot"], etag=made.etag)
    for submission_id in ("", "x"):
        with pytest.raises(Invalid) as refused:
            desk.update(pb.Submission(submission_id=submission_id), hot=True)
        assert refused.value.violations[0].field.endswith("submission_id")


def test_people_add_what_they_did(desk):
    made, request_id = desk.create(), str(new_id())
    request = api.AddSubmissionActivityRequest(
        submission_id=made.submission_id,
        type=pb.SUBMISSION_ACTIVITY_TYPE_CALL_LOGGED,
        content="Called the vendor.",
        request_id=request_id,
    )
    added = desk.rpc.AddSubmissionActivity(request, desk.me)
    assert desk.rpc.AddSubmissionActivity(request, desk.me) == added
    assert (added.content, added.actor_id) == ("Called the vendor.", desk.me.id)
    shown = desk.get(made, activities=True)
    assert shown.activities[0].activity_id == added.activity_id
    assert len(shown.activities) == 2
    assert shown.etag != made.etag
    assert not desk.get(made).activities


def test_activities_are_read_by_type_and_page(desk, clock):
    made = desk.create()
    for number in range(5):
        clock.move(minutes=1)
        desk.rpc.AddSubmissionActivity(
            api.AddSubmissionActivityRequest(
                submission_id=made.submission_id, type=pb.SUBMISSION_ACTIVITY_TYPE_NOTE, content=str(number)
            ),
            desk.me,
        )
    found, token = [], ""
    while True:
        request = api.ListSubmissionActivitiesRequest(
            submission_id=made.submission_id,
            page_size=2,
            page_token=token,
            types=[pb.SUBMISSION_ACTIVITY_TYPE_NOTE],
        )
        answer = desk.rpc.ListSubmissionActivities(request, desk.me)
        found += [activity.content for activity in answer.activities]
        token = answer.next_page_token
        if not token:
            break
    assert found == ["4", "3", "2", "1", "0"]


def test_a_deleted_submission_is_gone_and_audited(desk):
    made = desk.schedule(desk.create())
    stale = api.DeleteSubmissionRequest(submission_id=made.submission_id, etag="0" * 16)
    with pytest.raises(Conflict):
        desk.rpc.DeleteSubmission(stale, desk.boss)
    request = api.DeleteSubmissionRequest(submission_id=made.submission_id)
    desk.rpc.DeleteSubmission(request, desk.boss)
    desk.rpc.DeleteSubmission(request, desk.boss)
    with pytest.raises(NotFound):
        desk.get(made)
    for table in ("submission_stages", "submission_interviews", "submission_activities"):
        assert desk.rows(f"SELECT * FROM {table}") == []
    (audit,) = desk.audited("submission.deleted")
    assert audit.changes["posting_id"] == made.posting_id
    assert audit.changes["state"] == "INTERVIEW_SCHEDULED"
    assert made.candidate_name not in str(audit.changes)
