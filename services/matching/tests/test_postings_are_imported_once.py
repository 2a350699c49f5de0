"""ImportPostings: an answer for each row, each posting once, in any order and at any rate (P-36, P-37, P-43, D-8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from blacklight_matching.postings.encoding import encode_result
from blacklight_servicekit.errors import Conflict
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards


def outcomes(results):
    return [row.outcome for row in results]


def count_postings(matching):
    with matching.database.platform_transaction() as session:
        return session.connection().exec_driver_sql("SELECT count(*) FROM postings").scalar_one()


def test_a_new_posting_is_stored_with_its_raw_text(matching, build):
    draft = build.draft(description="<p>We need <b>Java</b> and SQL for at least 3 years of experience.</p>")
    (row,) = matching.take_in([draft])
    assert row.outcome == "NEW"
    with matching.database.platform_transaction() as session:
        stored = session.connection().exec_driver_sql("SELECT description FROM postings").scalar_one()
    assert stored == draft.description


def test_the_same_batch_twice_gets_the_first_answer(matching, build):
    drafts, batch_id = [build.draft(), build.draft()], new_id()
    first = matching.take_in(drafts, batch_id=batch_id)
    assert matching.take_in(drafts, batch_id=batch_id) == first
    assert outcomes(first) == ["NEW", "NEW"]
    assert count_postings(matching) == 2


def test_another_batch_under_the_same_id_is_refused(matching, build):
    batch_id = new_id()
    matching.take_in([build.draft()], batch_id=batch_id)
    with pytest.raises(Conflict) as refused:
        matching.take_in([build.draft()], batch_id=batch_id)
    assert refused.value.reason == "BATCH_ID_REUSED"


def test_one_batch_sent_by_many_at_once_is_taken_once(matching, build):
    drafts, batch_id = [build.draft() for _ in range(20)], new_id()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: matching.take_in(drafts, batch_id=batch_id), range(16)))
    assert all(answer == answers[0] for answer in answers)
    assert count_postings(matching) == 20


def test_overlapping_batches_at_once_store_each_posting_once(matching, build):
    drafts = [build.draft() for _ in range(60)]
    batches = [drafts[start : start + 30] for start in range(0, 60, 6)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(matching.take_in, batches))
    assert count_postings(matching) == 60
    news = [row.posting_id for answer in answers for row in answer if row.outcome == "NEW"]
    assert len(news) == len(set(news)) == 60


def test_a_row_equal_to_an_earlier_one_of_its_batch_is_a_duplicate_of_it(matching, build):
    one = build.draft()
    same_content = build.draft(number=990, company=one.company, description=one.description, title=one.title)
    results = matching.take_in([one, one, same_content])
    assert outcomes(results) == ["NEW", "DUPLICATE", "DUPLICATE"]
    assert {row.posting_id for row in results} == {results[0].posting_id}


@guards(
    "P-36",
    file="services/matching/src/blacklight_matching/postings/importing/service.py",
    old="[sql.LINK_ROLE] if",
    new="[] if",
)
@guards(
    "P-36",
    file="services/matching/src/blacklight_matching/postings/importing/service.py",
    old="[sql.AWAIT_REVIVED, sql.TOUCH]",
    new="[sql.AWAIT_REVIVED]",
)
def test_p36_a_known_posting_refreshes_last_seen_source_and_role(matching, build, clock):
    role_id = matching.roles.resolve_names(None, ["Java Developer"])[0]
    other_id = matching.roles.resolve_names(None, ["Registered Nurse"])[0]
    draft = build.draft()
    (new,) = matching.take_in([draft], role_id=role_id)
    clock.move(days=3)
    (again,) = matching.take_in([draft], role_id=other_id)
    assert (again.outcome, again.posting_id) == ("REFRESHED", new.posting_id)
    user = build.user()
    for role in (role_id, other_id):
        listed, _ = matching.list_postings(user, page_size=10, page_token="", role_id=role)
        assert [str(posting.posting_id) for posting in listed] == [new.posting_id]
    posting = matching.postings.get_posting(user, listed[0].posting_id)
    assert posting.last_seen_time == clock.now
    assert [source.last_seen_time for source in posting.sources] == [clock.now]


def test_the_kept_posting_is_laid_beside_a_row_that_was_taken_for_it(matching, build):
    one = build.draft(title="Java Developer", location="Dallas, TX")
    (new,) = matching.take_in([one], platform="dice")
    other = build.draft(number=993, company=one.company, description=one.description, title=one.title)
    met, twice, fresh = matching.take_in([other, other, build.draft()], platform="indeed")
    assert (new.kept, fresh.kept) == (None, None)
    assert (met.outcome, twice.outcome, met.kept) == ("REFRESHED", "DUPLICATE", twice.kept)
    assert (met.kept.platform, met.kept.platform_job_id) == ("dice", one.platform_job_id)
    assert (met.kept.title, met.kept.company, met.kept.url) == (one.title, one.company, one.url)
    assert encode_result(met).kept.title == one.title
    assert not encode_result(fresh).HasField("kept")
    batch_id = new_id()
    first = matching.take_in([one, one], batch_id=batch_id)
    assert first[0].kept is not None
    assert matching.take_in([one, one], batch_id=batch_id) == first


def test_a_duplicate_in_its_batch_still_leaves_its_source(matching, build):
    one = build.draft()
    other = build.draft(number=991, company=one.company, description=one.description, title=one.title)
    results = matching.take_in([one, other])
    listed, _ = matching.list_postings(build.user(), page_size=10, page_token="")
    posting = matching.postings.get_posting(build.user(), listed[0].posting_id)
    assert outcomes(results) == ["NEW", "DUPLICATE"]
    assert {source.platform_job_id for source in posting.sources} == {one.platform_job_id, "job-991"}


def test_the_same_content_on_another_board_is_the_same_posting_within_30_days(matching, build, clock):
    one = build.draft()
    (new,) = matching.take_in([one], platform="dice")
    clock.move(days=30)
    repeated = build.draft(number=992, company=one.company, description=one.description, title=one.title)
    (known,) = matching.take_in([repeated], platform="indeed")
    assert (known.outcome, known.posting_id) == ("REFRESHED", new.posting_id)


@guards(
    "P-43",
    file="services/matching/src/blacklight_matching/postings/importing/service.py",
    old='"since": now - SAME_CONTENT_WINDOW,',
    new='"since": now - 99 * SAME_CONTENT_WINDOW,',
)
def test_p43_the_same_content_after_the_window_is_a_repost(matching, build, clock):
    one = build.draft()
    (new,) = matching.take_in([one])
    clock.move(days=30, seconds=1)
    repeated = build.draft(number=993, company=one.company, description=one.description, title=one.title)
    (repost,) = matching.take_in([repeated])
    assert repost.outcome == "NEW"
    assert repost.posting_id != new.posting_id


def test_two_openings_of_one_company_under_one_title_stay_apart(matching, build):
    first = build.draft(company="Acme", number=1, platform_job_id="a-1")
    second = build.draft(company="Acme", number=2, platform_job_id="a-2")
    assert outcomes(matching.take_in([first, second])) == ["NEW", "NEW"]


def test_postings_without_a_board_id_meet_again_under_a_synthetic_one(matching, build):
    first = [build.draft(platform_job_id=""), build.draft(platform_job_id="")]
    results = matching.take_in(first)
    assert outcomes(results) == ["NEW", "NEW"]
    again = matching.take_in(list(reversed(first)))
    assert outcomes(again) == ["REFRESHED", "REFRESHED"]
    assert {row.posting_id for row in again} == {row.posting_id for row in results}


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"title": " \t "}, "BLANK_FIELD", "title"),
        ({"company": "\x00"}, "BLANK_FIELD", "company"),
        ({"description": "\n"}, "BLANK_FIELD", "description"),
        ({"url": "javascript:alert(1)"}, "INVALID_URL", "url"),
        ({"posted_date": "some day"}, "INVALID_DATE", "posted_date"),
        ({"posted_date": "2026-13-40"}, "INVALID_DATE", "posted_date"),
        ({"posted_date": "0001-01-01"}, "INVALID_DATE", "posted_date"),
        ({"posted_date": "2027-01-01"}, "DATE_IN_FUTURE", "posted_date"),
    ],
)
def test_a_bad_row_is_rejected_by_field_and_stops_no_other(matching, build, changed, reason, field):
    bad, good = matching.take_in([build.draft(**changed), build.draft()])
    assert (bad.outcome, bad.reason, bad.field, bad.posting_id) == ("REJECTED", reason, field, "")
    assert bad.message
    assert good.outcome == "NEW"


@pytest.mark.parametrize("posted", ["2026-02-27", "2026-02-27T12:00:00Z", "2026-02-27T12:00:00+05:30"])
def test_dates_of_the_board_are_kept(matching, build, posted):
    matching.take_in([build.draft(posted_date=posted)])
    listed, _ = matching.list_postings(build.user(), page_size=1, page_token="")
    assert listed[0].posted_time is not None
    assert listed[0].posted_time.date().isoformat() == "2026-02-27"


def test_a_very_long_board_id_stays_distinct(matching, build):
    first = build.draft(platform_job_id="x" * 900 + "1")
    second = build.draft(platform_job_id="x" * 900 + "2")
    assert outcomes(matching.take_in([first, second])) == ["NEW", "NEW"]
    assert outcomes(matching.take_in([first])) == ["REFRESHED"]


def test_an_unknown_role_loses_no_posting(matching, build):
    assert outcomes(matching.take_in([build.draft()], role_id=new_id())) == ["NEW"]


@pytest.mark.parametrize(("written", "day"), [("3 days ago", 27), ("yesterday", 1), ("02/14/2026", 14)])
def test_a_day_as_boards_write_it_is_taken_as_of_now(matching, build, written, day):
    (row,) = matching.take_in([build.draft(posted_date=written)])
    posting = matching.postings.get_posting(build.user(), UUID(row.posting_id))
    assert posting.posted_time.day == day
