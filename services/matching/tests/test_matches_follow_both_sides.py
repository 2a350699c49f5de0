"""Candidates and postings meet whichever comes first; what people judged is never lost (P-46, P-64, P-66, P-77)."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest
from blacklight_matching.profiles.profile import Preferences
from blacklight_matching.scoring import is_match, score_pair

SKILLS = ["Java", "Spring Boot", "SQL", "Python", "Django", "AWS", "Kubernetes", "React", "C#", "Azure", "SAP"]
TITLES = ["Java Developer", "Python Developer", "DevOps Engineer", "SAP Consultant", ".NET Developer"]


def stored(matching, user):
    """Every stored pair of the tenant with its score, whatever is listed."""
    with matching.database.transaction(user.tenant) as session:
        rows = session.connection().exec_driver_sql(
            "SELECT candidate_id, posting_id, score, skills_score, experience_score, semantic_score, confidence,"
            " matched::text FROM candidate_matches"
        )
        return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def test_a_candidate_meets_the_postings_that_are_there(matching, build):
    user = build.user()
    matching.take_in([build.draft(), build.draft("Registered Nurse", "Patient care, ICU and BLS")])
    matching.work_off()
    profile = build.profile()
    matching.ready(user, profile)
    listed, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    assert listed[0].posting_title == "Java Developer"
    assert listed[0].matched_skills == ("Java", "Spring Boot", "SQL")
    assert listed[0].candidate_name == "Robin Example"


def test_a_posting_meets_the_candidates_that_are_there(matching, build):
    user = build.user()
    profile = build.profile()
    matching.ready(user, profile)
    (row,) = matching.take_in([build.draft()])
    matching.work_off()
    assert [str(posting) for posting in matching.pairs(user, profile.candidate_id)] == [row.posting_id]


def test_both_orders_and_any_pages_store_the_same_as_one_full_scoring(matching, build):
    user = build.user()
    choose = random.Random(7)
    profiles = [
        build.profile(choose.choice(TITLES), choose.sample(SKILLS, 4), experience_years=choose.choice([None, 2, 9]))
        for _ in range(6)
    ]
    drafts = [build.draft(choose.choice(TITLES), ", ".join(choose.sample(SKILLS, 3))) for _ in range(40)]
    steps = [("profile", profile) for profile in profiles] + [
        ("drafts", drafts[start : start + 7]) for start in range(0, 40, 7)
    ]
    choose.shuffle(steps)
    for kind, what in steps:
        if kind == "profile":
            matching.ready(user, what)
        else:
            matching.take_in(what)
            if choose.random() < 0.7:
                matching.work_off()
    matching.work_off()
    with matching.database.transaction(user.tenant) as session:
        open_ids = session.scalars(matching.postings.select_open(user.tenant)).all()
        postings = matching.postings.block(session, user.tenant, open_ids)
        everyone = matching.profiles.block(session, user.tenant)
    full = {
        (candidate_id, posting_id): (score.overall, score.skills, score.experience, score.semantic, score.confidence)
        for candidate_id, side in zip(everyone.ids, everyone.sides, strict=True)
        for posting_id, other in zip(postings.ids, postings.sides, strict=True)
        if is_match(score := score_pair(side, other))
    }
    assert len(postings.ids) == 40
    assert {pair: values[:5] for pair, values in stored(matching, user).items()} == full
    assert 0 < len(full) < 240


def test_a_candidate_keeps_only_its_best(matching, build, monkeypatch):
    monkeypatch.setattr("blacklight_matching.matches.keeping.service.MOST_MATCHES", 5)
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    for _ in range(4):
        matching.take_in([build.draft(skills=", ".join(random.Random(n).sample(SKILLS, 4))) for n in range(5)])
        matching.work_off()
    kept = matching.pairs(user, profile.candidate_id)
    matching.ready(user, replace(profile, version=2))
    assert matching.pairs(user, profile.candidate_id) == kept
    assert len(kept) == 5


def test_a_posting_that_arrives_while_a_candidate_is_matched_is_not_missed(matching, build):
    """The candidate's matching has read the postings and not yet written when the posting is read and matched."""
    user, profile = build.user(), build.profile()
    matching.candidates.put(user, profile)
    matching.candidates.embed(user, profile.candidate_id)
    read, go_on = threading.Event(), threading.Event()
    blocks = matching.postings.blocks

    def paused(session, tenant_id, size):
        found = list(blocks(session, tenant_id, size))
        read.set()
        assert go_on.wait(20)
        return iter(found)

    matching.postings.blocks = paused
    thread = threading.Thread(target=matching.candidates.match, args=(user, profile.candidate_id))
    thread.start()
    assert read.wait(20)
    (row,) = matching.take_in([build.draft()])
    matching.work_off()
    go_on.set()
    thread.join(20)
    assert [str(posting) for posting in matching.pairs(user, profile.candidate_id)] == [row.posting_id]


def test_a_candidate_that_is_embedded_while_postings_are_matched_is_not_missed(matching, build):
    """The postings' matching has read the candidates and not yet written when another candidate is matched."""
    user, early, late = build.user(), build.profile(), build.profile()
    matching.ready(user, early)
    (row,) = matching.take_in([build.draft()])
    matching.arrivals.read_waiting(None)
    read, go_on = threading.Event(), threading.Event()
    bench = matching.profiles.bench

    def paused(session, tenant_id):
        found = bench(session, tenant_id)
        read.set()
        assert go_on.wait(20)
        return found

    matching.profiles.bench = paused
    thread = threading.Thread(target=matching.arrivals.match_read, args=(None,))
    thread.start()
    assert read.wait(20)
    matching.ready(user, late)
    go_on.set()
    thread.join(20)
    for profile in (early, late):
        assert [str(posting) for posting in matching.pairs(user, profile.candidate_id)] == [row.posting_id]


def test_scores_of_an_older_state_never_replace_newer_ones(matching, build):
    """A posting's matching has read a candidate's old state when the candidate changes and is matched anew."""
    user, old = build.user(), build.profile()
    new = replace(old, version=2, skills=(), experience_years=None)
    matching.ready(user, old)
    matching.take_in([build.draft()])
    matching.arrivals.read_waiting(None)
    lock = matching.keeping._lock

    def change_first(session, tenant_id):
        matching.keeping._lock = lock
        matching.ready(user, new)
        lock(session, tenant_id)

    matching.keeping._lock = change_first
    matching.arrivals.match_read(None)
    kept = stored(matching, user)
    assert all(values[1] in (None, 0) for values in kept.values())


def test_scores_that_come_after_the_deletion_of_a_candidate_are_not_written(matching, build):
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    matching.take_in([build.draft()])
    matching.arrivals.read_waiting(None)
    lock = matching.keeping._lock

    def forget_first(session, tenant_id):
        matching.keeping._lock = lock
        matching.candidates.forget(user, profile.candidate_id)
        lock(session, tenant_id)

    matching.keeping._lock = forget_first
    matching.arrivals.match_read(None)
    assert stored(matching, user) == {}


def test_a_changed_candidate_loses_the_suggestions_that_no_longer_hold(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    assert matching.pairs(user, profile.candidate_id)
    nurse = build.profile(
        "Registered Nurse", ["Patient care"], candidate_id=profile.candidate_id, version=2, experience_years=0,
        summary="Cares for patients in intensive care.",
    )  # fmt: skip
    matching.ready(user, nurse)
    assert matching.pairs(user, profile.candidate_id) == {}


def test_what_people_judged_stays_whatever_the_score_becomes(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft() for _ in range(4)])
    matching.work_off()
    matching.ready(user, profile)
    listed, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    viewed = matching.matches.view_match(user, listed[0].match_id)
    shortlisted = matching.matches.shortlist_match(user, listed[1].match_id, etag="")
    rejected = matching.matches.reject_match(user, listed[2].match_id, reason="Too far away", etag="")
    nurse = build.profile(
        "Registered Nurse", ["Patient care"], candidate_id=profile.candidate_id, version=2, experience_years=0,
        summary="Cares for patients in intensive care.",
    )  # fmt: skip
    matching.ready(user, nurse)
    after, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    states = {match.match_id: (match.state, match.rejection_reason) for match in after}
    assert states == {
        viewed.match_id: ("VIEWED", ""),
        shortlisted.match_id: ("SHORTLISTED", ""),
        rejected.match_id: ("REJECTED", "Too far away"),
    }
    assert all(match.score < 3_000 for match in after)
    explained = matching.matches.explain_match(user, shortlisted.match_id)
    assert sum(part.points for part in explained.explanation.parts) == explained.match.score


def test_a_candidate_who_takes_no_part_any_more_has_no_suggestions(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(), build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    listed, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    matching.matches.shortlist_match(user, listed[0].match_id, etag="")
    matching.ready(user, replace(profile, version=2, matchable=False))
    assert list(matching.pairs(user, profile.candidate_id)) == [listed[0].posting_id]
    matching.take_in([build.draft()])
    matching.work_off()
    assert len(matching.pairs(user, profile.candidate_id)) == 1


def test_an_expired_posting_is_no_longer_suggested_until_it_is_met_again(matching, build, clock):
    user, profile, draft = build.user(), build.profile(), build.draft()
    matching.take_in([draft])
    matching.work_off()
    matching.ready(user, profile)
    assert len(matching.pairs(user, profile.candidate_id)) == 1
    clock.move(days=30, seconds=1)
    assert matching.pairs(user, profile.candidate_id) == {}
    matching.ready(user, replace(profile, version=2))
    assert stored(matching, user) == {}
    assert matching.take_in([draft])[0].outcome == "REFRESHED"
    matching.work_off()
    assert len(matching.pairs(user, profile.candidate_id)) == 1


def test_a_posting_older_than_60_days_is_not_matched(matching, build, clock):
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    matching.take_in([build.draft(posted_date="2025-12-31"), build.draft(posted_date="2026-01-02")])
    matching.work_off()
    assert len(matching.pairs(user, profile.candidate_id)) == 1


def test_what_work_a_candidate_takes_is_kept_and_changes_the_content(matching, build):
    wanted = Preferences("H1B", False, ("Dallas, TX",), None, ("REMOTE",), ("C2C", "W2"), 70.0, "USD", "HOUR")
    user, profile = build.user(), build.profile(preferences=wanted)
    matching.candidates.put(user, profile)
    with matching.database.transaction(user.tenant) as session:
        kept = matching.profiles.find(session, user.tenant, profile.candidate_id)
    assert kept == profile
    assert kept.content_hash != replace(profile, preferences=Preferences()).content_hash


def test_an_older_version_changes_nothing(matching, build):
    user, profile = build.user(), build.profile(version=5)
    assert matching.candidates.put(user, profile) is True
    assert matching.candidates.put(user, replace(profile, version=4, display_name="Old Name")) is False
    assert matching.candidates.put(user, profile) is False
    with matching.database.transaction(user.tenant) as session:
        assert matching.profiles.find(session, user.tenant, profile.candidate_id).display_name == "Robin Example"


def test_a_deleted_candidate_leaves_nothing_and_does_not_come_back(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    matching.candidates.forget(user, profile.candidate_id)
    matching.candidates.forget(user, profile.candidate_id)
    assert stored(matching, user) == {}
    assert matching.candidates.put(user, replace(profile, version=9)) is False
    with matching.database.platform_transaction() as session:
        for table in ("candidate_profiles", "candidate_roles"):
            count = session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            assert count == 0, table


def test_the_same_text_is_embedded_once(matching, build, monkeypatch):
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)

    def refuse(*_):
        raise AssertionError("embedded again")

    monkeypatch.setattr("blacklight_matching.profiles.service.embed_texts", refuse)
    matching.ready(user, replace(profile, version=2, display_name="Other Name", experience_years=8))
    with pytest.raises(AssertionError, match="embedded again"):
        matching.ready(user, replace(profile, version=3, summary="Something else entirely."))


def test_a_posting_that_comes_again_while_it_is_matched_keeps_its_place_in_the_queue(matching, build):
    user = build.user()
    matching.ready(user, build.profile())
    matching.take_in([build.draft()])
    matching.arrivals.read_waiting(None)
    settle = matching.reader.settle

    def revive_first(tickets):
        with matching.database.platform_transaction() as session:
            session.connection().exec_driver_sql("UPDATE posting_intake SET ticket = DEFAULT")
        settle(tickets)

    matching.reader.settle = revive_first
    assert matching.arrivals.match_read(None) == 1
    matching.reader.settle = settle
    assert matching.arrivals.match_read(None) == 1
    assert matching.arrivals.match_read(None) == 0


def test_a_posting_that_cannot_be_read_is_set_aside_and_stops_no_other(matching, build, monkeypatch):
    from blacklight_matching.postings.reading import service

    read_posting = service.read_posting

    def poisoned(raw):
        if raw.title == "Poison":
            raise ValueError("unreadable")
        return read_posting(raw)

    monkeypatch.setattr(service, "read_posting", poisoned)
    user, profile = build.user(), build.profile()
    matching.ready(user, profile)
    matching.take_in([build.draft("Poison"), build.draft()])
    matching.work_off()
    assert len(matching.pairs(user, profile.candidate_id)) == 1
    with matching.database.platform_transaction() as session:
        left = session.connection().exec_driver_sql("SELECT step, fault FROM posting_intake").all()
    assert [tuple(row) for row in left] == [("FAULTY", "ValueError")]
