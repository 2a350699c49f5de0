"""A tenant's own postings: each once, beside the shared ones, seen by nobody else, and read like any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from blacklight_servicekit.errors import NotFound
from blacklight_testkit.faults import guards
from sqlalchemy import text


def take(matching, user, drafts, *, platform="direct", origin="API", role_id=None):
    with matching.database.transaction(user.tenant) as session:
        return matching.importing.import_own(
            session, user.tenant, drafts, platform=platform, origin=origin, role_id=role_id
        )


def outcomes(results):
    return [row.outcome for row in results]


def test_a_posting_of_ones_own_is_seen_by_its_tenant_alone(matching, build):
    user, stranger = build.user(), build.user()
    (row,) = take(matching, user, [build.draft()])
    posting = matching.postings.get_posting(user, UUID(row.posting_id))
    assert (row.outcome, posting.is_open) == ("NEW", True)
    assert [source.platform for source in posting.sources] == ["direct"]
    with pytest.raises(NotFound):
        matching.postings.get_posting(stranger, UUID(row.posting_id))


def test_ones_own_posting_met_again_is_refreshed_by_its_id_and_by_its_content(matching, build, clock):
    user, one = build.user(), build.draft()
    (new,) = take(matching, user, [one])
    clock.move(days=20)
    same_text = build.draft(number=980, company=one.company, description=one.description, title=one.title)
    again, by_content = take(matching, user, [one])[0], take(matching, user, [same_text])[0]
    assert outcomes([again, by_content]) == ["REFRESHED", "REFRESHED"]
    assert {again.posting_id, by_content.posting_id} == {new.posting_id}
    assert again.kept.title == one.title
    posting = matching.postings.get_posting(user, UUID(new.posting_id))
    assert posting.last_seen_time == clock.now
    assert {source.platform_job_id for source in posting.sources} == {one.platform_job_id, "job-980"}


@pytest.mark.parametrize("by", ["id", "content"])
def test_a_shared_posting_is_named_instead_of_storing_it_a_second_time(matching, build, by):
    user, one = build.user(), build.draft()
    (shared,) = matching.take_in([one], platform="dice")
    same = {"company": one.company, "title": one.title, "description": one.description}
    draft = one if by == "content" else build.draft(platform_job_id=one.platform_job_id)
    (row,) = take(matching, user, [draft], platform="indeed" if by == "content" else "dice")
    assert (row.outcome, row.posting_id) == ("DUPLICATE", shared.posting_id)
    assert row.kept.platform == "dice"
    assert same["title"] == row.kept.title
    assert matching.queue_own() == []


def test_a_shared_posting_that_went_long_ago_stands_in_nobodys_way(matching, build, clock):
    user, one = build.user(), build.draft()
    matching.take_in([one], platform="dice")
    clock.move(days=31)
    assert outcomes(take(matching, user, [one], platform="dice")) == ["NEW"]


def test_two_tenants_hold_the_same_posting_each_for_itself(matching, build):
    one = build.draft()
    first, second = take(matching, build.user(), [one])[0], take(matching, build.user(), [one])[0]
    assert outcomes([first, second]) == ["NEW", "NEW"]
    assert first.posting_id != second.posting_id


def test_rows_of_one_call_that_equal_each_other_are_one_posting(matching, build):
    user, one = build.user(), build.draft()
    results = take(matching, user, [one, one, build.draft(title=" "), build.draft()])
    assert outcomes(results) == ["NEW", "DUPLICATE", "REJECTED", "NEW"]
    assert results[1].posting_id == results[0].posting_id
    assert results[2].reason == "BLANK_FIELD"


def test_one_posting_sent_by_many_at_once_is_stored_once(matching, build):
    user, one = build.user(), build.draft()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: take(matching, user, [one])[0], range(16)))
    assert sorted(outcomes(answers)) == ["NEW"] + ["REFRESHED"] * 15
    assert len({row.posting_id for row in answers}) == 1


def test_a_mail_names_no_address_and_every_other_source_does(matching, build):
    user, draft = build.user(), build.draft(url="")
    assert outcomes(take(matching, user, [draft], origin="MAIL")) == ["NEW"]
    (row,) = take(matching, build.user(), [draft], origin="API")
    assert row.reason == "INVALID_URL"


def test_a_mail_may_name_no_company_and_every_other_source_does(matching, build):
    user, draft = build.user(), build.draft(company="")
    (taken,) = take(matching, user, [draft], origin="MAIL")
    assert taken.outcome == "NEW"
    (row,) = take(matching, build.user(), [draft], origin="API")
    assert (row.reason, row.field) == ("BLANK_FIELD", "company")
    matching.own.queue(None, [UUID(taken.posting_id)])
    matching.work_off()
    assert matching.postings.get_posting(user, UUID(taken.posting_id)).company == ""


def test_a_posting_of_ones_own_is_matched_with_ones_own_candidates_alone(matching, build):
    user, stranger = build.user(), build.user()
    mine, theirs = build.profile(), build.profile()
    matching.ready(user, mine)
    matching.ready(stranger, theirs)
    (row,) = take(matching, user, [build.draft()])
    assert matching.queue_own() == [UUID(row.posting_id)]
    matching.work_off()
    assert list(matching.pairs(user, mine.candidate_id)) == [UUID(row.posting_id)]
    assert matching.pairs(stranger, theirs.candidate_id) == {}


@guards(
    "P-05",
    file="services/matching/src/blacklight_matching/postings/service.py",
    old="    return or_(SHARED, own(tenant_id))",
    new="    return Posting.posting_id.is_not(None)",
)
def test_p05_the_predicate_hides_private_postings_even_where_no_wall_stands(matching, build):
    """The platform sees every row: there the one predicate alone decides, for every part that matching builds on."""
    user, stranger = build.user(), build.user()
    (row,) = take(matching, user, [build.draft()])
    matching.queue_own()
    matching.arrivals.read_waiting(None)
    posting_id = UUID(row.posting_id)
    for tenant, seen in ((user.tenant, 1), (stranger.tenant, 0)):
        with matching.database.platform_transaction() as session:
            parts = matching.postings
            assert len(parts.block(session, tenant, [posting_id]).ids) == seen
            assert sum(len(block) for block in parts.blocks(session, tenant, 10)) == seen
            assert len(parts.headlines(session, tenant, [posting_id])) == seen
            assert (parts.find_grounds(session, tenant, posting_id) is not None) == bool(seen)
            assert len(session.scalars(parts.select_open(tenant)).all()) == seen


def test_an_expired_posting_of_ones_own_is_read_again_when_it_is_met_again(matching, build, clock):
    user, one = build.user(), build.draft()
    (row,) = take(matching, user, [one])
    matching.queue_own()
    take(matching, user, [one])
    assert matching.queue_own() == []
    clock.move(days=31)
    take(matching, user, [one])
    assert matching.queue_own() == [UUID(row.posting_id)]


@guards(
    "P-68",
    file="services/matching/src/blacklight_matching/postings/own/sql.py",
    old="posted_time = {POSTED}\n",
    new="posted_time = p.posted_time\n",
)
def test_p68_a_posting_of_ones_own_with_a_renewed_date_is_open_again(matching, build, clock):
    user, one = build.user(), build.draft(posted_date="2026-03-01")
    (row,) = take(matching, user, [one])
    matching.queue_own()
    clock.move(days=100)
    take(matching, user, [one])
    assert matching.queue_own() == []
    assert matching.postings.get_posting(user, UUID(row.posting_id)).state == "EXPIRED"
    take(matching, user, [replace(one, posted_date="2026-06-08")])
    assert matching.queue_own() == [UUID(row.posting_id)]
    posting = matching.postings.get_posting(user, UUID(row.posting_id))
    assert (posting.state, posting.posted_time.date().isoformat()) == ("ACTIVE", "2026-06-08")
    take(matching, user, [one])
    assert matching.postings.get_posting(user, UUID(row.posting_id)).posted_time == posting.posted_time


def test_a_text_of_ones_own_under_a_known_id_is_said_to_differ_and_not_taken_over(matching, build):
    user, one = build.user(), build.draft()
    (new,) = take(matching, user, [one])
    changed = replace(one, description="We look for somebody who writes COBOL and JCL for the mainframe of a bank.")
    for _ in range(2):
        (row,) = take(matching, user, [changed])
        assert (row.outcome, row.posting_id, row.kept.title) == ("DIFFERS", new.posting_id, one.title)
    assert outcomes(take(matching, user, [one])) == ["REFRESHED"]


def test_an_opening_of_ones_own_that_is_another_one_no_more_stands_by_itself(matching, build):
    user, one = build.user(), build.draft()
    other = replace(one, platform_job_id="other-1")
    (new,) = take(matching, user, [one])
    assert outcomes(take(matching, user, [other])) == ["REFRESHED"]
    changed = replace(other, description="We look for somebody who writes COBOL and JCL for the mainframe of a bank.")
    (parted,) = take(matching, user, [changed])
    assert (parted.outcome, parted.posting_id == new.posting_id) == ("NEW", False)
    assert take(matching, user, [changed])[0].posting_id == parted.posting_id


def test_without_an_id_the_same_text_after_the_window_is_a_repost_of_ones_own(matching, build, clock):
    user, one = build.user(), build.draft(platform_job_id="")
    (new,) = take(matching, user, [one])
    clock.move(days=31)
    (repost,) = take(matching, user, [one])
    assert (repost.outcome, repost.posting_id == new.posting_id) == ("NEW", False)
    assert take(matching, user, [one])[0].posting_id == repost.posting_id


def test_postings_that_are_gone_are_passed_over_by_the_queue(matching, build):
    matching.own.queue(None, [UUID(int=7)])
    with matching.database.platform_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM posting_intake")) == 0


def test_a_role_is_linked_to_what_was_searched_for_it(matching, build):
    user = build.user()
    role_id = matching.roles.resolve_names(None, ["Java Developer"])[0]
    (row,) = take(matching, user, [build.draft()], role_id=role_id)
    listed, _ = matching.list_postings(user, page_size=10, page_token="", role_id=role_id)
    assert [str(posting.posting_id) for posting in listed] == [row.posting_id]
