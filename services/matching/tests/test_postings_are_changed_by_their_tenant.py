"""Creating, changing, closing and deleting postings of the tenant's own; shared ones and others' stay as they are."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from uuid import UUID

import pytest
from blacklight_matching.postings.statistics.counts import PostingCounts, summed
from blacklight_matching.postings.statistics.service import PostingStatistics
from blacklight_servicekit.errors import Conflict, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

EDITING = "services/matching/src/blacklight_matching/postings/editing/service.py"


def own(matching, user, draft):
    return UUID(matching.create_own(user, draft).posting_id)


def audited(matching, user):
    with matching.database.transaction(user.tenant) as session:
        return session.execute(text("SELECT action, changes FROM audit_log ORDER BY sequence")).all()


def test_a_posting_typed_in_is_stored_shown_and_audited(matching, build):
    user = build.user()
    posting = matching.create_own(user, build.draft(platform_job_id=""))
    assert (posting.private, posting.platform, posting.origin) == (True, "direct", 4)
    assert posting.platform_job_id.startswith("syn-")
    assert posting.etag
    assert [row.action for row in audited(matching, user)] == ["posting.created"]


def test_two_openings_of_one_title_are_both_taken_where_no_id_is_given(matching, build):
    user, java = build.user(), build.draft(platform_job_id="", url="https://a.example/1")
    cobol = replace(java, description="We look for somebody who writes COBOL and JCL.", url="https://a.example/2")
    first, second = matching.create_own(user, java), matching.create_own(user, cobol)
    assert first.posting_id != second.posting_id
    assert "COBOL" in second.description
    assert [source.url for source in matching.create_own(user, java).sources] == ["https://a.example/1"]


@guards("P-43", file=EDITING, old='if row.outcome == "DIFFERS":', new='if row.outcome == "NONE":')
def test_p43_another_text_under_a_known_id_is_refused_by_the_id_of_the_posting(matching, build):
    user, one = build.user(), build.draft()
    posting = matching.create_own(user, one)
    changed = replace(one, title="COBOL Developer", url="https://b.example/2")
    with pytest.raises(Conflict) as refused:
        matching.create_own(user, changed)
    assert (refused.value.reason, refused.value.metadata["posting_id"]) == ("POSTING_EXISTS", posting.posting_id)
    assert refused.value.metadata["etag"] == posting.etag
    kept = matching.postings.get_posting(user, UUID(posting.posting_id))
    assert (kept.title, [source.url for source in kept.sources]) == (one.title, [one.url])
    matching.editing.update(user, UUID(posting.posting_id), changed, ["title"], etag=posting.etag)
    for known in (one, changed):
        assert matching.create_own(user, known).title == "COBOL Developer", "what a person has changed stays"


def test_a_title_that_a_person_changes_is_named_after_its_new_role(matching, build):
    user = build.user()
    java, nurse = matching.roles.resolve_names(None, ["Java Developer", "Registered Nurse"])
    posting_id = own(matching, user, build.draft())
    matching.work_off_own()
    assert matching.postings.get_posting(user, posting_id).role_id == java
    matching.editing.update(user, posting_id, build.draft("Registered Nurse"), ["title"], etag="")
    matching.work_off_own()
    assert matching.postings.get_posting(user, posting_id).role_id == nurse


def test_the_same_posting_again_is_answered_and_not_stored_twice(matching, build):
    user, draft = build.user(), build.draft()
    first = matching.create_own(user, draft)
    assert matching.create_own(user, draft).posting_id == first.posting_id
    (shared,) = matching.take_in([build.draft(number=970)])
    answered = matching.create_own(user, build.draft(number=970))
    assert (answered.posting_id, answered.private) == (shared.posting_id, False)


def test_a_request_id_replays_its_answer_and_is_good_for_one_request(matching, build):
    user, request_id = build.user(), str(new_id())
    first = matching.create_own(user, build.draft("Java Developer"), request_id)
    assert matching.create_own(user, build.draft("Java Developer"), request_id) == first
    with pytest.raises(Conflict):
        matching.create_own(user, build.draft("Nurse"), request_id)


def test_what_no_posting_may_hold_is_refused_with_its_field(matching, build):
    with pytest.raises(Invalid) as refused:
        matching.create_own(build.user(), build.draft(url="ftp://board.example"))
    assert (refused.value.reason, refused.value.violations[0].field) == ("INVALID_URL", "posting.url")


def test_an_update_writes_what_the_mask_names_and_is_read_again(matching, build):
    user = build.user()
    posting_id = own(matching, user, build.draft(skills="Java and SQL"))
    matching.work_off_own()
    before = matching.postings.get_posting(user, posting_id)
    given = build.draft("Ignored", description="We need a COBOL developer with JCL and DB2 for our mainframe team.")
    after = matching.editing.update(user, posting_id, given, ["description"], etag=before.etag)
    assert (after.title, after.etag == before.etag) == (before.title, False)
    matching.work_off_own()
    assert "COBOL" in matching.postings.get_posting(user, posting_id).skills
    assert audited(matching, user)[-1].changes == {"fields": ["description", "fingerprint"]}


def test_an_update_that_changes_nothing_leaves_everything_as_it_is(matching, build):
    user, draft = build.user(), build.draft(posted_date="2026-02-27T10:00:00Z", salary_min=50.5, remote=True)
    posting_id = own(matching, user, draft)
    before = matching.postings.get_posting(user, posting_id)
    assert matching.editing.update(user, posting_id, draft, ["title", "posted_date", "remote"], etag="") == before
    assert len(audited(matching, user)) == 1


def test_an_update_of_what_has_changed_since_is_refused(matching, build):
    user = build.user()
    posting_id = own(matching, user, build.draft())
    stale = matching.postings.get_posting(user, posting_id).etag
    matching.editing.update(user, posting_id, build.draft("Other"), ["title"], etag=stale)
    for change in (
        lambda: matching.editing.update(user, posting_id, build.draft("Third"), ["title"], etag=stale),
        lambda: matching.editing.set_state(user, posting_id, "FILLED", etag=stale),
    ):
        with pytest.raises(Conflict):
            change()


def test_an_update_is_held_against_the_same_rules_as_a_new_posting(matching, build):
    user = build.user()
    posting_id = own(matching, user, build.draft())
    with pytest.raises(Invalid) as refused:
        matching.editing.update(user, posting_id, build.draft(" "), ["title"], etag="")
    assert refused.value.reason == "BLANK_FIELD"


def every_change(matching, user, posting_id, draft):
    return (
        lambda: matching.editing.update(user, posting_id, draft, ["title"], etag=""),
        lambda: matching.editing.set_state(user, posting_id, "CLOSED", etag=""),
        lambda: matching.editing.delete(user, posting_id),
    )


def test_a_shared_posting_can_be_changed_by_nobody(matching, build):
    (shared,) = matching.take_in([build.draft()])
    for change in every_change(matching, build.user(), UUID(shared.posting_id), build.draft()):
        with pytest.raises(FailedPrecondition) as refused:
            change()
        assert refused.value.reason == "POSTING_SHARED"


def test_another_tenants_posting_looks_absent(matching, build):
    owner = build.user()
    posting_id = own(matching, owner, build.draft())
    *changes, delete = every_change(matching, build.user(), posting_id, build.draft())
    for change in changes:
        with pytest.raises(NotFound):
            change()
    delete()
    assert matching.postings.get_posting(owner, posting_id).state == "ACTIVE", "it is nobody else's to delete"
    for _ in range(2):
        matching.editing.delete(owner, posting_id)
    with pytest.raises(NotFound):
        matching.postings.get_posting(owner, posting_id)


@guards(
    "P-68",
    file="services/matching/src/blacklight_matching/postings/service.py",
    old='            Posting.end_state == "",\n',
    new="",
)
def test_p68_a_filled_posting_leaves_the_matches_until_it_is_open_again(matching, build):
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    posting_id = own(matching, user, build.draft())
    matching.work_off_own()
    assert list(matching.pairs(user, profile.candidate_id)) == [posting_id]
    filled = matching.editing.set_state(user, posting_id, "FILLED", etag="")
    assert (filled.state, filled.is_open) == ("FILLED", False)
    assert matching.pairs(user, profile.candidate_id) == {}
    matching.work_off_own()
    assert matching.pairs(user, profile.candidate_id) == {}
    assert matching.editing.set_state(user, posting_id, "ACTIVE", etag="").is_open
    matching.work_off_own()
    assert list(matching.pairs(user, profile.candidate_id)) == [posting_id]


def test_an_expired_posting_is_opened_again_as_if_it_was_met_today(matching, build, clock):
    user = build.user()
    posting_id = own(matching, user, build.draft())
    dated = own(matching, user, build.draft(posted_date="2026-03-01"))
    clock.move(days=70)
    assert matching.postings.get_posting(user, posting_id).state == "EXPIRED"
    opened = matching.editing.set_state(user, posting_id, "ACTIVE", etag="")
    assert (opened.state, opened.last_seen_time) == ("ACTIVE", clock.now)
    with pytest.raises(FailedPrecondition) as refused:
        matching.editing.set_state(user, dated, "ACTIVE", etag="")
    assert refused.value.reason == "POSTING_TOO_OLD"
    assert matching.postings.get_posting(user, dated).state == "EXPIRED"


def test_a_deleted_posting_leaves_nothing_behind(matching, build):
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    posting_id = own(matching, user, build.draft())
    matching.work_off_own()
    matching.editing.delete(user, posting_id)
    with pytest.raises(NotFound):
        matching.postings.get_posting(user, posting_id)
    with matching.database.platform_transaction() as session:
        for table in ("postings", "posting_sources", "posting_readings", "posting_roles", "posting_intake"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    with matching.database.transaction(user.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM candidate_matches")) == 0
    assert audited(matching, user)[-1].action == "posting.deleted"


def test_a_match_that_is_written_while_its_posting_goes_is_never_shown(matching, build):
    """Scores are written for a page of postings at once; one of them may be deleted meanwhile."""
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    posting_id = own(matching, user, build.draft())
    matching.work_off_own()
    with matching.database.transaction(user.tenant) as session:
        session.execute(text("DELETE FROM postings WHERE posting_id = :id"), {"id": posting_id})
    assert matching.pairs(user, profile.candidate_id) == {}


@guards(
    "P-119",
    file=EDITING,
    old="        self._own.have_read(session, caller.tenant, [posting.posting_id])\n",
    new="",
)
def test_p119_a_change_answers_at_once_and_the_work_follows(matching, build):
    user = build.user()
    posting_id = own(matching, user, build.draft())
    matching.work_off_own()
    matching.editing.update(user, posting_id, build.draft("Python Developer"), ["title"], etag="")
    with matching.database.platform_transaction() as session:
        (payload,) = session.scalars(text("SELECT payload FROM outbox WHERE kind = 'postings.waiting'")).all()
    assert payload == {"posting_ids": [str(posting_id)]}


def test_a_posting_from_mail_is_changed_and_deleted_like_one_typed_in(matching, build):
    """H-6; it names no address of the web, and needs none."""
    user = build.user()
    with matching.database.transaction(user.tenant) as session:
        (row,) = matching.importing.import_own(
            session, user.tenant, [build.draft(url="")], platform="mail", origin="MAIL"
        )
    posting_id = UUID(row.posting_id)
    listed, _ = matching.list_postings(user, origin="MAIL")
    assert [(posting.posting_id, posting.mails) for posting in listed] == [(posting_id, ())]
    changed = matching.editing.update(user, posting_id, build.draft("Data Engineer"), ["title"], etag="")
    assert (changed.title, changed.url) == ("Data Engineer", "")
    matching.editing.delete(build.user(), posting_id)
    assert matching.list_postings(user, origin="MAIL") != ([], "")
    matching.editing.delete(user, posting_id)
    assert matching.list_postings(user, origin="MAIL") == ([], "")


def test_counts_are_of_what_the_tenant_may_see(matching, build, clock):
    counts = PostingStatistics(matching.database, clock, matching.postings)
    user = build.user()
    matching.take_in([build.draft(), build.draft(description="A fully remote job: Java, SQL and Spring for all.")])
    matching.work_off()
    clock.move(days=10)
    filled = own(matching, user, build.draft())
    own(matching, build.user(), build.draft())
    matching.editing.set_state(user, filled, "FILLED", etag="")
    seen = summed(counts.count_shared(7), counts.count_own(user.tenant, 7))
    assert (seen.total, seen.recent) == (3, 1)
    assert (seen.by_platform, seen.by_origin) == ({"dice": 2, "direct": 1}, {"FLEET": 2, "API": 1})
    assert seen.by_state == {"ACTIVE": 2, "FILLED": 1}
    assert (sum(seen.by_workplace.values()), seen.by_workplace["REMOTE"]) == (3, 1)
    assert PostingCounts.of(json.loads(json.dumps(asdict(seen)))) == seen
