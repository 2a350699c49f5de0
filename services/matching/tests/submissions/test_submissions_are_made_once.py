"""Submissions made: what is kept of job and candidate, and what keeps one person from being sent twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from blacklight.matching.v1 import posting_service_pb2
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_matching.postings.encoding import encode_posting
from blacklight_matching.submissions.records.service import FORGOTTEN_NAME
from blacklight_servicekit.errors import AlreadyExists, Conflict, Denied, Invalid, NotFound, Unavailable
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

RIGHTS = "services/matching/src/blacklight_matching/submissions/rights/service.py"
CREATION = "services/matching/src/blacklight_matching/submissions/creation/service.py"


def refused(call) -> AlreadyExists:
    with pytest.raises(AlreadyExists) as raised:
        call()
    return raised.value


def test_keeps_what_job_and_resume_were_when_it_was_made(desk):
    candidate = desk.candidate(display_name="Ada Example", current_title="Staff Engineer", resume_id=new_id())
    posting = desk.posting(title="Data Engineer", company="Acme Inc", location="Austin, TX")
    made = desk.create(candidate_id=candidate, posting_id=posting, resume=pb.SubmissionResume(name="ada-v2.pdf"))
    assert (made.candidate_name, made.candidate_title) == ("Ada Example", "Staff Engineer")
    assert (made.job.title, made.job.company, made.job.location) == ("Data Engineer", "Acme Inc", "Austin, TX")
    assert made.job.platform == "dice"
    assert "billing software" in made.job.description
    assert len(made.job.content_hash) == len(made.resume.content_hash) == 32
    assert made.resume.name == "ada-v2.pdf"
    assert UUID(made.resume.resume_id)
    assert made.resume.profile_version == 1
    assert (made.margin.amount, made.margin.percent, made.currency) == ("22.50", "24.32", "USD")
    assert not made.external
    assert made.submitter_id == desk.me.id
    assert [stage.state for stage in made.stages] == [pb.SUBMISSION_STATE_SUBMITTED]
    assert desk.get(made) == made
    assert desk.activities(made) == [("CREATED", "", "SUBMITTED")]
    assert [row.entity_id for row in desk.audited("submission.created")] == [made.submission_id]


def test_names_every_required_field_that_is_missing(desk):
    with pytest.raises(Invalid) as raised:
        desk.rpc.CreateSubmission(api.CreateSubmissionRequest(submission=pb.Submission(notes=" ")), desk.me)
    assert [violation.field.partition(".")[2] for violation in raised.value.violations] == [
        "candidate_id", "posting_id", "vendor_company", "vendor_contact_name", "vendor_contact_email",
        "vendor_contact_phone", "client_company", "bill_rate", "pay_rate", "notes",
    ]  # fmt: skip
    request = api.CreateExternalSubmissionRequest(submission=pb.Submission())
    with pytest.raises(Invalid) as raised:
        desk.rpc.CreateExternalSubmission(request, desk.me)
    assert [violation.field for violation in raised.value.violations] == [
        "submission.candidate_id",
        "submission.job.title",
        "submission.job.company",
    ]


def test_an_external_job_needs_candidate_title_and_company_alone(desk):
    made = desk.external(title="QA Lead", company="Initech")
    assert made.external
    assert (made.job.title, made.client_company, made.bill_rate) == ("QA Lead", "Initech", "")
    assert not made.HasField("margin")
    assert made.posting_id == ""


def test_an_unknown_candidate_or_posting_is_not_found(desk, make_desk):
    other = make_desk()
    for changed in ({"candidate_id": str(new_id())}, {"candidate_id": other.candidate()}):
        with pytest.raises(NotFound) as raised:
            desk.create(**changed)
        assert raised.value.reason == "CANDIDATE_NOT_FOUND"
    with pytest.raises(NotFound) as raised:
        desk.create(posting_id=str(new_id()))
    assert raised.value.reason == "POSTING_NOT_FOUND"


def made_at(moment):
    """An id as if it were made then."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (new_id().int & ((1 << 80) - 1)))


def test_a_candidate_made_a_moment_ago_is_said_to_come(desk):
    young, old = made_at(desk.clock() - timedelta(seconds=1)), made_at(desk.clock() - timedelta(minutes=11))
    with pytest.raises(Unavailable) as refused:
        desk.create(candidate_id=str(young))
    assert (refused.value.reason, "try again" in refused.value.message) == ("CANDIDATE_NOT_KNOWN_YET", True)
    with pytest.raises(NotFound):
        desk.create(candidate_id=str(old))
    desk.candidate(candidate_id=young)
    assert desk.create(candidate_id=str(young)).candidate_id == str(young)


@pytest.mark.parametrize("create", ["create", "external"])
def test_a_candidate_that_comes_within_a_second_is_waited_for(desk, monkeypatch, create):
    young = made_at(desk.clock())
    module = "blacklight_matching.submissions.creation.service"
    monkeypatch.setattr(f"{module}.sleep", lambda _: desk.candidate(candidate_id=young))
    assert getattr(desk, create)(candidate_id=str(young)).candidate_id == str(young)


def test_a_young_candidate_that_was_deleted_is_not_found(desk):
    young = made_at(desk.clock())
    desk.candidate(candidate_id=young)
    desk.matching.candidates.forget(desk.me, young)
    with pytest.raises(NotFound):
        desk.external(candidate_id=str(young))


@guards(
    "P-05",
    file="services/matching/src/blacklight_matching/postings/service.py",
    old="""            .outerjoin(PostingReading, PostingReading.posting_id == Posting.posting_id)
            .where(visible_to(tenant_id), Posting.posting_id == posting_id)
        ).one_or_none()
        return None if row is None else PostingSnapshot(*row)
""",
    new="""            .outerjoin(PostingReading, PostingReading.posting_id == Posting.posting_id)
            .where(Posting.posting_id == posting_id)
        ).one_or_none()
        return None if row is None else PostingSnapshot(*row)
""",
)
@guards(
    "P-05",
    file="services/matching/src/blacklight_matching/postings/service.py",
    old="    return or_(SHARED, own(tenant_id))",
    new="    return Posting.posting_id.is_not(None)",
)
def test_p05_the_visibility_predicate_keeps_private_postings_out_of_submissions(desk, make_desk):
    """The walls of the database are off (platform role), so that the predicate alone is seen."""
    posting, other = desk.posting(), make_desk()
    with desk.matching.database.platform_transaction() as session:
        for table in ("postings", "posting_sources"):
            session.execute(text(f"UPDATE {table} SET tenant_id = :t WHERE posting_id = :p"), _ids(desk, posting))
    with desk.matching.database.platform_transaction() as session:
        find = desk.matching.postings.snapshot
        assert find(session, desk.tenant, UUID(posting)) is not None
        assert find(session, other.tenant, UUID(posting)) is None
    assert desk.create(posting_id=posting).posting_id == posting
    with pytest.raises(NotFound):
        other.create(posting_id=posting)


def _ids(desk, posting):
    return {"t": desk.tenant, "p": posting}


def test_p79_one_candidate_is_submitted_for_a_posting_once_while_active(desk):
    first = desk.create()
    again = {"candidate_id": first.candidate_id, "posting_id": first.posting_id}
    refusal = refused(lambda: desk.create(**again))
    assert refusal.reason == "SUBMISSION_ACTIVE"
    assert refusal.metadata == {"submission_id": first.submission_id, "submitter_id": desk.me.id}
    for state in ("REJECTED", "WITHDRAWN"):
        desk.move(first, state)
        second = desk.create(**again)
        assert second.submission_id != first.submission_id
        assert refused(lambda: desk.create(**again)).metadata["submission_id"] == second.submission_id
        first = second


def test_p79_a_placed_candidate_may_be_submitted_for_the_posting_anew(desk):
    first = desk.create()
    desk.walk(first, "CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED", "PLACED")
    again = {"candidate_id": first.candidate_id, "posting_id": first.posting_id}
    second = desk.create(**again, client_company=first.client_company)
    request = api.CorrectPlacementRequest(submission_id=first.submission_id, reason="a mistake")
    refusal = refused(lambda: desk.rpc.CorrectPlacement(request, desk.boss))
    assert (refusal.reason, refusal.metadata["submission_id"]) == ("SUBMISSION_ACTIVE", second.submission_id)


@guards(
    "P-79",
    file="services/matching/src/blacklight_matching/submissions/pipeline/service.py",
    old="Claim(row.candidate_id, row.posting_id, row.job_key, row.submission_id)",
    new='Claim(row.candidate_id, row.posting_id, "", row.submission_id)',
)
def test_p79_a_correction_does_not_get_round_the_right(desk):
    first = desk.external(title="QA Lead", company="Initech")
    desk.walk(first, "CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED", "PLACED")
    rival = desk.user()
    second = desk.external(rival, "Sr. QA Lead - Dallas, TX", "Initech", candidate_id=first.candidate_id)
    request = api.CorrectPlacementRequest(submission_id=first.submission_id, reason="a mistake")
    refusal = refused(lambda: desk.rpc.CorrectPlacement(request, desk.boss))
    assert (refusal.reason, refusal.metadata["submission_id"]) == ("RIGHT_TO_REPRESENT_HELD", second.submission_id)
    assert desk.get(first).state == pb.SUBMISSION_STATE_PLACED
    request.right_override_reason = "the client asked for us"
    with pytest.raises(Denied):
        desk.rpc.CorrectPlacement(request, desk.me)
    corrected = desk.rpc.CorrectPlacement(request, desk.boss)
    assert corrected.state == pb.SUBMISSION_STATE_OFFERED
    assert corrected.right_override_reason == "the client asked for us"
    (audit,) = desk.audited("submission.right_overridden")
    assert audit.entity_id == second.submission_id


@guards(
    "P-79",
    file=RIGHTS,
    old='        session.execute(_LOCK, {"candidate_id": str(candidate_id)})\n',
    new="        pass\n",
)
@pytest.mark.parametrize("external", [False, True])
def test_p79_of_many_who_submit_at_once_one_does_and_the_others_are_told_of_it(desk, external):
    candidate, posting = desk.candidate(), desk.posting()
    callers = [desk.user() for _ in range(6)]
    ready = threading.Barrier(len(callers))

    def submit(caller):
        ready.wait()
        try:
            if external:
                return desk.external(caller, "QA Lead", "Initech", candidate_id=candidate).submission_id
            return desk.create(caller, candidate_id=candidate, posting_id=posting).submission_id
        except AlreadyExists as refusal:
            return refusal.metadata

    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(submit, callers))
    made = [answer for answer in answers if isinstance(answer, str)]
    assert len(made) == 1
    assert {answer["submission_id"] for answer in answers if isinstance(answer, dict)} == set(made)
    assert len(desk.listed()) == 1


def test_p79_the_database_itself_refuses_a_second_active_submission(desk):
    made = desk.create()
    columns = desk.rows(
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
        " WHERE table_schema = 'matching' AND table_name = 'submissions' AND column_name <> 'submission_id'"
    )[0][0]
    again = f"INSERT INTO submissions (submission_id, {columns}) SELECT gen_random_uuid(), {columns} FROM submissions"
    with pytest.raises(Exception, match="uq_submissions_active"):
        desk.rows(again)
    desk.move(made, "REJECTED")
    with desk.matching.database.transaction(desk.tenant) as session:
        session.execute(text(again))


def test_the_right_to_represent_keeps_other_recruiters_from_the_same_client_and_job(desk, clock):
    candidate = desk.candidate()
    first = desk.create(
        candidate_id=candidate, posting_id=desk.posting(title="Java Developer"), client_company="Acme, Inc."
    )
    rival = desk.user()
    second_posting = desk.posting(title="JAVA DEVELOPER")

    def by_posting(caller=rival, **said):
        return desk.create(caller, candidate_id=candidate, posting_id=second_posting, client_company="ACME", **said)

    for attempt in (by_posting, lambda: desk.external(rival, "Java developer", "acme llc", candidate_id=candidate)):
        refusal = refused(attempt)
        assert refusal.reason == "RIGHT_TO_REPRESENT_HELD"
        assert refusal.metadata["submission_id"] == first.submission_id
        assert refusal.metadata["submitter_id"] == desk.me.id
        assert refusal.metadata["right_end_time"].startswith("2026-05-31")
    assert desk.external(rival, "Java developer", "acme llc").submission_id, "another candidate is free"
    clock.move(days=89, hours=23)
    refused(by_posting)
    clock.move(hours=1)
    assert by_posting().client_company == "ACME"


def test_the_right_ends_with_its_submission(desk):
    candidate = desk.candidate()
    first = desk.external(title="QA Lead", company="Initech", candidate_id=candidate)
    refused(lambda: desk.external(title="QA lead", company="Initech", candidate_id=candidate))
    desk.move(first, "REJECTED")
    assert desk.external(title="QA lead", company="Initech", candidate_id=candidate)


def test_without_days_there_is_no_right(make_desk):
    desk = make_desk(right_days=0)
    candidate = desk.candidate()
    for _ in range(2):
        desk.external(title="QA Lead", company="Initech", candidate_id=candidate)


def test_a_right_is_passed_over_with_a_reason_by_those_who_see_everything(desk):
    candidate = desk.candidate()
    first = desk.external(title="QA Lead", company="Initech", candidate_id=candidate)

    def again(caller, reason="the candidate signed with us"):
        return desk.external(caller, "QA Lead", "Initech", candidate_id=candidate, right_override_reason=reason)

    with pytest.raises(Denied) as raised:
        again(desk.user())
    assert raised.value.reason == "OVERRIDE_DENIED"
    assert desk.audited("submission.right_overridden") == []
    refused(lambda: again(desk.boss, " "))
    second = again(desk.boss)
    assert second.right_override_reason == "the candidate signed with us"
    (audit,) = desk.audited("submission.right_overridden")
    assert (audit.entity_id, audit.actor_id) == (first.submission_id, desk.boss.id)
    created = desk.get(second, activities=True).activities[-1]
    assert first.submission_id in created.content


def test_a_reason_that_was_not_needed_is_not_kept(desk):
    made = desk.external(desk.boss, right_override_reason="to be safe")
    assert made.right_override_reason == ""
    assert desk.audited("submission.right_overridden") == []


def test_nobody_passes_over_an_active_submission_for_the_posting(desk):
    first = desk.create()
    refusal = refused(
        lambda: desk.create(
            desk.boss, candidate_id=first.candidate_id, posting_id=first.posting_id, right_override_reason="please"
        )
    )
    assert refusal.reason == "SUBMISSION_ACTIVE"


def test_a_change_of_the_client_does_not_get_round_the_right(desk):
    candidate = desk.candidate()
    desk.external(title="QA Lead", company="Initech", candidate_id=candidate)
    other = desk.external(title="QA Lead", company="Globex", candidate_id=candidate)
    assert refused(lambda: desk.update(other, client_company="Initech")).reason == "RIGHT_TO_REPRESENT_HELD"
    job = pb.SubmissionJob(title="QA Lead", company="Initech")
    assert desk.update(other, job=job, client_company="Globex").job.company == "Initech"


def test_asks_beforehand_what_is_in_the_way(desk):
    first = desk.create(client_company="Acme")
    of_posting = api.CheckDuplicateSubmissionRequest(candidate_id=first.candidate_id, posting_id=first.posting_id)
    found = desk.rpc.CheckDuplicateSubmission(of_posting, desk.user()).blocking
    assert (found.reason, found.submission_id, found.submitter_id) == (
        "SUBMISSION_ACTIVE",
        first.submission_id,
        desk.me.id,
    )
    assert not found.overridable
    external = api.CheckDuplicateSubmissionRequest(
        candidate_id=first.candidate_id, job_title=first.job.title, client_company="ACME Inc"
    )
    found = desk.rpc.CheckDuplicateSubmission(external, desk.boss).blocking
    assert (found.reason, found.overridable) == ("RIGHT_TO_REPRESENT_HELD", True)
    assert not desk.rpc.CheckDuplicateSubmission(external, desk.user()).blocking.overridable
    desk.move(first, "WITHDRAWN")
    for request in (of_posting, external):
        assert not desk.rpc.CheckDuplicateSubmission(request, desk.me).HasField("blocking")


def test_a_request_that_is_sent_again_makes_nothing_new(desk):
    order, request_id = desk.order(), str(new_id())
    request = api.CreateSubmissionRequest(submission=order, request_id=request_id)
    first = desk.rpc.CreateSubmission(request, desk.me)
    assert desk.rpc.CreateSubmission(request, desk.me) == first
    request.submission.notes = "another"
    with pytest.raises(Conflict) as raised:
        desk.rpc.CreateSubmission(request, desk.me)
    assert raised.value.reason == "REQUEST_ID_REUSED"


def test_a_match_that_is_submitted_is_applied_for(desk):
    profile = desk.build.profile()
    desk.matching.ready(desk.me, profile)
    posting = desk.posting()
    desk.matching.work_off()
    desk.create(candidate_id=str(profile.candidate_id), posting_id=posting)
    (match,), _ = desk.matching.matches.list_of_posting(desk.me, UUID(posting), page_size=0, page_token="")
    assert match.state == "APPLIED"


def test_deleting_a_posting_of_ones_own_keeps_the_submissions_that_cite_it(desk):
    """H-6."""
    draft, editing = desk.build.draft(), desk.matching.editing
    posting = editing.create(
        desk.me, draft, request=posting_service_pb2.CreatePostingRequest(), encode=encode_posting
    ).posting_id
    made = desk.create(posting_id=posting)
    editing.delete(desk.me, UUID(posting))
    assert desk.get(made) == made
    with pytest.raises(NotFound):
        desk.create(posting_id=posting)


def test_p79_a_submission_outlives_its_posting(desk):
    made = desk.create()
    with desk.matching.database.platform_transaction() as session:
        for table in ("posting_intake", "posting_readings", "posting_roles", "posting_sources", "postings"):
            session.execute(text(f"DELETE FROM {table} WHERE posting_id = :id"), {"id": made.posting_id})
    assert desk.get(made) == made
    assert desk.listed(posting_id=made.posting_id) == [made.submission_id]


def test_a_submission_outlives_its_candidate_without_the_name(desk):
    candidate = desk.candidate(display_name="Ada Example")
    made = desk.create(
        candidate_id=candidate, resume=pb.SubmissionResume(name="ada.pdf"), cover_letter="I am Ada Example."
    )
    desk.matching.candidates.forget(desk.me, UUID(candidate))
    left = desk.get(made)
    assert (left.candidate_name, left.resume.name, left.cover_letter) == (FORGOTTEN_NAME, "", "")
    assert (left.candidate_id, left.job) == (made.candidate_id, made.job)
    assert left.etag != made.etag
    with pytest.raises(NotFound):
        desk.create(candidate_id=candidate)


def test_a_candidate_that_is_forgotten_while_being_submitted_leaves_no_name(desk):
    """The submission has read the candidate and not yet been written when the candidate is deleted."""
    candidate, posting = desk.candidate(display_name="Ada Example"), desk.posting()
    find = desk.matching.profiles.find
    read, go_on = threading.Event(), threading.Event()

    def paused(*args):
        found = find(*args)
        read.set()
        assert go_on.wait(30)
        return found

    desk.matching.profiles.find = paused
    with ThreadPoolExecutor(2) as pool:
        making = pool.submit(desk.create, candidate_id=candidate, posting_id=posting)
        assert read.wait(30)
        forgetting = pool.submit(desk.matching.candidates.forget, desk.me, UUID(candidate))
        waiting = "SELECT 1 FROM pg_locks JOIN pg_database ON oid = database AND datname = current_database()"
        waiting += " WHERE locktype = 'advisory' AND NOT granted"
        while not (forgetting.done() or desk.rows(waiting)):
            pass
        go_on.set()
        made = making.result(30)
        forgetting.result(30)
    assert made.candidate_name == "Ada Example"
    assert desk.get(made).candidate_name == FORGOTTEN_NAME


def test_nul_characters_are_dropped(desk):
    made = desk.create(notes="a\x00b", vendor_company="Ven\x00dor", candidate_id=desk.candidate())
    assert (made.notes, made.vendor_company) == ("ab", "Vendor")
