"""What a board changes, renews or takes down is followed; what comes late or is resent changes nothing (D-6, D-8)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from blacklight_matching.postings.importing import sql
from blacklight_matching.postings.importing.service import ImportOrder
from blacklight_servicekit import bulk
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

SQL = "services/matching/src/blacklight_matching/postings/importing/sql.py"
POSTINGS = "services/matching/src/blacklight_matching/postings/service.py"
JAVA = "Our team of ten people builds billing software in Java and Spring Boot for the carriers of the region."
COBOL = "Our team of ten people runs the mainframe of a bank in COBOL and JCL for the branches of the region."


def shown(matching, user, posting_id):
    return matching.postings.get_posting(user, UUID(posting_id))


def outcomes(results):
    return [row.outcome for row in results]


def batch_of(matching, session_id, *drafts):
    return matching.importing.import_batch(None, ImportOrder(new_id(), "dice", None, session_id, drafts))


def waiting(matching):
    with matching.database.platform_transaction() as session:
        return session.scalars(text("SELECT posting_id FROM posting_intake")).all()


@guards("P-43", file=SQL, old="  ) THEN 'CHANGED'\n", new="  ) THEN 'SAME'\n")
def test_p43_a_changed_posting_of_a_known_id_is_taken_over_read_and_matched_anew(matching, build, clock):
    user, java, cobol = build.user(), build.profile(), build.profile("COBOL Developer", ["COBOL", "JCL"])
    for profile in (java, cobol):
        matching.ready(user, profile)
    one = build.draft(description=JAVA)
    (new,) = matching.take_in([one])
    matching.work_off()
    before = matching.pairs(user, cobol.candidate_id).get(UUID(new.posting_id), 0)
    clock.move(hours=1)
    changed = replace(one, title="COBOL Developer", description=COBOL, salary_min=90_000.0, job_type="Contract")
    (again,) = matching.take_in([changed])
    assert (again.outcome, again.posting_id, again.kept.title) == ("UPDATED", new.posting_id, "COBOL Developer")
    matching.work_off()
    posting = shown(matching, user, new.posting_id)
    assert (posting.title, posting.description) == ("COBOL Developer", COBOL)
    assert "COBOL" in posting.skills
    assert matching.pairs(user, cobol.candidate_id)[UUID(new.posting_id)] > before
    assert matching.list_postings(user, search="mainframe")[0][0].posting_id == UUID(new.posting_id)


def test_an_unchanged_posting_is_not_read_again(matching, build, clock):
    one = build.draft(description=JAVA)
    matching.take_in([one])
    matching.work_off()
    clock.move(days=2)
    for same in (one, replace(one, url="https://board.example/other"), replace(one, description=f"<p>{JAVA}</p>")):
        assert outcomes(matching.take_in([same])) == ["REFRESHED"]
    assert waiting(matching) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Senior Java Developer"},
        {"location": "Boston, MA"},
        {"salary_max": 120_000.0},
        {"remote": True},
        {"job_type": "Contract"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_field_that_a_board_changes_is_taken_over(matching, build, clock, changed):
    one = build.draft(description=JAVA)
    (new,) = matching.take_in([one])
    clock.move(hours=1)
    assert outcomes(matching.take_in([replace(one, **changed)])) == ["UPDATED"]
    assert outcomes(matching.take_in([replace(one, **changed)])) == ["REFRESHED"]
    names = {"remote": "board_remote"}
    with matching.database.platform_transaction() as session:
        row = session.execute(text("SELECT * FROM postings WHERE posting_id = :id"), {"id": new.posting_id}).one()
    assert {name: getattr(row, names.get(name, name)) for name in changed} == changed


@guards("P-43", file=SQL, old=" OR s.content_time > :scraped_time OR", new=" OR")
def test_p43_an_older_version_that_comes_late_does_not_bring_the_old_text_back(matching, build, clock):
    """Sessions tell when they were begun: a host that sends again what it found long ago changes nothing."""
    user, one = build.user(), build.draft(description=JAVA)
    former, later = new_id(), new_id()
    assert former.int >> 80 <= later.int >> 80
    later = UUID(int=later.int + (60_000 << 80))
    clock.now = clock.now.replace(year=2100)
    (new,) = batch_of(matching, former, one)
    assert outcomes(batch_of(matching, later, replace(one, description=COBOL, url="https://b.example/2"))) == [
        "UPDATED"
    ]
    for session_id in (former, later, former):
        assert outcomes(batch_of(matching, session_id, replace(one, description=JAVA))) == (
            ["REFRESHED"] if session_id == former else ["UPDATED"]
        )
        batch_of(matching, later, replace(one, description=COBOL, url="https://b.example/2"))
        posting = shown(matching, user, new.posting_id)
        assert posting.description == COBOL
        assert posting.sources[0].url == "https://b.example/2"


def test_a_title_of_another_role_is_not_the_old_roles_any_more(matching, build, clock):
    user = build.user()
    java, nurse = matching.roles.resolve_names(None, ["Java Developer", "Registered Nurse"])
    one = build.draft(description=JAVA)
    (new,) = matching.take_in([one])
    matching.work_off()
    assert shown(matching, user, new.posting_id).role_id == java
    clock.move(hours=1)
    matching.take_in([replace(one, title="Registered Nurse")])
    matching.work_off()
    assert shown(matching, user, new.posting_id).role_id == nurse
    searched = matching.roles.resolve_names(None, ["Java Developer"])[0]
    matching.take_in([replace(one, title="Registered Nurse")], role_id=searched)
    clock.move(hours=1)
    matching.take_in([replace(one, title="Nurse Practitioner")])
    assert shown(matching, user, new.posting_id).role_id == searched


@guards("P-43", file=SQL, old="  ELSE 'GONE' END AS how", new="  ELSE 'SAME' END AS how")
@pytest.mark.parametrize("platform", ["dice", "indeed"])
def test_p43_an_opening_that_was_the_same_as_another_and_is_not_any_more_is_one_of_its_own(
    matching, build, clock, platform
):
    user, one = build.user(), build.draft(description=JAVA)
    (new,) = matching.take_in([one])
    other = replace(one, platform_job_id="other-1", url="https://b.example/2")
    assert matching.take_in([other], platform=platform)[0].posting_id == new.posting_id
    clock.move(days=1)
    (parted,) = matching.take_in([replace(other, description=COBOL)], platform=platform)
    assert (parted.outcome, parted.posting_id == new.posting_id) == ("NEW", False)
    assert shown(matching, user, new.posting_id).description == JAVA
    assert [source.platform_job_id for source in shown(matching, user, new.posting_id).sources] == [one.platform_job_id]
    assert [source.platform_job_id for source in shown(matching, user, parted.posting_id).sources] == ["other-1"]
    assert matching.take_in([replace(other, description=COBOL)], platform=platform)[0].posting_id == parted.posting_id
    (back,) = matching.take_in([replace(other, salary_min=1.0)], platform=platform)
    assert (back.outcome, back.posting_id) == ("UPDATED", parted.posting_id)


def test_an_id_that_takes_on_the_content_of_an_earlier_row_leads_to_its_posting(matching, build, clock):
    user = build.user()
    java, cobol = build.draft(description=JAVA), build.draft(description=COBOL)
    alike = {"title": java.title, "company": java.company, "description": JAVA}
    matching.take_in([cobol])
    clock.move(hours=1)
    first, second = matching.take_in([java, replace(cobol, **alike)])
    assert (second.outcome, second.posting_id) == ("DUPLICATE", first.posting_id)
    found = {source.platform_job_id for source in shown(matching, user, first.posting_id).sources}
    assert found == {java.platform_job_id, cobol.platform_job_id}


@guards("P-43", file=SQL, old="  WHEN s.last_seen_time < :since AND", new="  WHEN false AND")
def test_p43_without_an_id_the_same_text_after_the_window_is_a_repost(matching, build, clock):
    one = build.draft(platform_job_id="")
    (new,) = matching.take_in([one])
    clock.move(days=30)
    (met,) = matching.take_in([one])
    assert (met.outcome, met.posting_id) == ("REFRESHED", new.posting_id)
    clock.move(days=30, seconds=1)
    (repost,) = matching.take_in([one])
    assert (repost.outcome, repost.posting_id == new.posting_id) == ("NEW", False)
    assert matching.take_in([one])[0].posting_id == repost.posting_id


def test_of_two_rows_of_one_id_the_first_is_stored_and_the_other_changes_nothing(matching, build, clock):
    one = build.draft(description=JAVA)
    assert outcomes(matching.take_in([one, replace(one, description=COBOL)])) == ["NEW", "DUPLICATE"]
    clock.move(hours=1)
    assert outcomes(matching.take_in([one, replace(one, description=COBOL)])) == ["REFRESHED", "DUPLICATE"]
    assert outcomes(matching.take_in([replace(one, description=COBOL)])) == ["UPDATED"]


@guards("P-68", file=POSTINGS, old="            Posting.last_seen_time >= now - self._expiry.unseen,\n", new="")
@guards(
    "P-68",
    file=POSTINGS,
    old="            or_(Posting.posted_time.is_(None), Posting.posted_time >= now - self._expiry.age),\n",
    new="",
)
def test_p68_what_is_unseen_or_old_is_in_no_list_and_is_matched_with_nobody(matching, build, clock):
    user, first, later = build.user(), build.profile(), build.profile()
    unseen, old, dated = build.draft(), build.draft(posted_date="2026-03-01"), build.draft(posted_date="2026-04-25")
    ids = [UUID(matching.take_in([each])[0].posting_id) for each in (unseen, old, replace(dated, posted_date=""))]
    matching.work_off()
    matching.ready(user, first)
    assert set(matching.pairs(user, first.candidate_id)) == set(ids)
    for _ in range(3):
        clock.move(days=20, hours=8)
        matching.take_in([old, dated])
    matching.ready(user, later)
    for profile in (first, later):
        assert list(matching.pairs(user, profile.candidate_id)) == ids[2:]
    listed, _ = matching.list_postings(user, state="EXPIRED")
    assert {posting.posting_id for posting in listed} == set(ids[:2])


@guards("P-68", file=SQL, old=", met.posted_time), met.renewed_time)", new=", met.posted_time))")
@pytest.mark.parametrize("unseen", [40, 70], ids=["seen meanwhile", "not seen meanwhile"])
def test_p68_a_renewed_date_opens_an_expired_posting_and_lists_get_it_again(matching, build, clock, unseen):
    user, profile, one = build.user(), build.profile(), build.draft(posted_date="2026-03-01")
    (new,) = matching.take_in([one])
    matching.work_off()
    clock.move(days=70 - unseen % 70)
    matching.take_in([one])
    clock.move(days=unseen % 70)
    assert shown(matching, user, new.posting_id).state == "EXPIRED"
    assert outcomes(matching.take_in([one])) == ["REFRESHED"]
    assert (shown(matching, user, new.posting_id).state, waiting(matching)) == ("EXPIRED", [])
    matching.ready(user, profile)
    assert matching.pairs(user, profile.candidate_id) == {}
    matching.take_in([replace(one, posted_date=clock.now.date().isoformat())])
    posting = shown(matching, user, new.posting_id)
    assert (posting.state, posting.posted_time.date()) == ("ACTIVE", clock.now.date())
    matching.work_off()
    assert list(matching.pairs(user, profile.candidate_id)) == [UUID(new.posting_id)]
    matching.take_in([one])
    assert shown(matching, user, new.posting_id).posted_time == posting.posted_time


@pytest.mark.parametrize("about", ["30+ days ago", "2 months ago", "a month ago", "8 weeks ago"])
def test_a_date_that_is_only_about_renews_nothing(matching, build, clock, about):
    user, one = build.user(), build.draft(posted_date=about)
    (new,) = matching.take_in([one])
    first = shown(matching, user, new.posting_id).posted_time
    clock.move(days=20)
    matching.take_in([one])
    assert shown(matching, user, new.posting_id).posted_time == first


def test_a_date_that_was_not_said_before_is_kept_once_it_is(matching, build, clock):
    user, one = build.user(), build.draft()
    (new,) = matching.take_in([one])
    matching.take_in([replace(one, posted_date="30+ days ago")])
    assert shown(matching, user, new.posting_id).posted_time.date().isoformat() == "2026-01-31"


@guards(
    "P-95",
    file="services/matching/migrations/versions/0001_first_tables.py",
    old='["fingerprint", "last_seen_time"]',
    new='["company", "last_seen_time"]',
)
@guards(
    "P-95",
    file=SQL,
    old="s.platform_job_id = k.platform_job_id LIMIT",
    new="s.platform_job_id ~ k.platform_job_id LIMIT",
)
@pytest.mark.parametrize("analyzed", [True, False], ids=["sizes known", "sizes unknown"])
def test_p95_an_import_looks_up_ids_and_contents_by_their_indexes(matching, build, analyzed):
    """Whether or not the planner has heard how large the tables are."""
    matching.take_in([build.draft() for _ in range(300)])
    facts = {
        "batch_id": new_id(), "platform": "dice", "since": matching.clock.now, "scraped_time": matching.clock.now,
        "takes_changes": True, "ordinals": [0, 1], "job_ids": ["a", "b"], "contents": [1, 2],
    }  # fmt: skip
    with matching.database.platform_transaction() as session:
        bulk.make_table(session, "batch_new", sql.NEW, lasting=True)
        if analyzed:
            session.execute(text("ANALYZE postings, posting_sources"))
        for statement, columns in (
            (sql.LOOK, {"platform_job_id"}),
            (sql.LOOK_AGAIN, {"platform_job_id", "fingerprint"}),
        ):
            plan = session.scalars(text(f"EXPLAIN {statement}"), facts).all()
            told = "\n".join(plan)
            assert not [line for line in plan if "Seq Scan on posting" in line], told
            looked_up = [line for line in plan if "Index Cond" in line]
            assert all(any(f"({column}" in line for line in looked_up) for column in columns), told
