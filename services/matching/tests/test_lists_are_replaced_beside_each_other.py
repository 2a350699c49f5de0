"""A full matching writes lists beside others, and looks again only at what was matched meanwhile (ADR 0017)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from blacklight_matching.intake.candidate import service as candidates
from blacklight_matching.matches.keeping.service import TURNS_KEPT
from sqlalchemy import text

NURSE = "Registered Nurse"
PATIENCE = 20


@pytest.fixture
def scored_then(matching, monkeypatch):
    """Matches a candidate in full, with something else done between scoring and writing."""

    def match(user, profile, *work):
        score = matching.keeping.score

        def and_then(*of):
            scored = score(*of)
            monkeypatch.setattr(matching.keeping, "score", score)
            for each in work:
                each()
            return scored

        monkeypatch.setattr(matching.keeping, "score", and_then)
        return matching.candidates.match(user, profile.candidate_id)

    return match


@pytest.fixture
def met(matching, build):
    """A user with a candidate and three postings of the tenant's own that match."""
    user, profile = build.user(), build.profile()
    postings = [UUID(matching.create_own(user, build.draft()).posting_id) for _ in range(3)]
    matching.work_off_own()
    matching.ready(user, profile)
    assert set(matching.pairs(user, profile.candidate_id)) == set(postings)
    return user, profile, postings


def test_a_list_stays_while_its_candidate_has_changed_and_waits_for_a_matching_of_its_own(matching, met, scored_then):
    user, profile, postings = met
    changed = replace(profile, version=2, experience_years=1)

    def change():
        matching.candidates.put(user, changed)
        matching.candidates.embed(user, profile.candidate_id)

    before = matching.pairs(user, profile.candidate_id)
    assert scored_then(user, profile, change) == 0
    assert matching.pairs(user, profile.candidate_id) == before
    matching.ready(user, replace(changed, version=3))
    after = matching.pairs(user, profile.candidate_id)
    assert set(after) == set(postings)
    assert max(after.values()) < min(before.values())


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_was_matched_or_went_meanwhile_is_looked_at_again(matching, build, met, scored_then, forgotten):
    user, profile, (changed, deleted, same) = met
    nurse = build.profile(NURSE, ["Patient care"], summary="Cares for patients.")
    matching.ready(user, nurse)

    def change():
        words = build.draft(NURSE, description="Patient care on our ward: medication, wounds, families.")
        matching.editing.update(user, changed, words, ["title", "description"], etag="")
        matching.editing.delete(user, deleted)
        matching.work_off_own()
        if forgotten:
            with matching.database.transaction(user.tenant) as session:
                session.execute(text("DELETE FROM match_turns"))

    assert scored_then(user, profile, change) == 1
    assert set(matching.pairs(user, profile.candidate_id)) == {same}
    assert changed in matching.pairs(user, nurse.candidate_id)


def test_lists_of_two_candidates_are_written_at_a_time_and_one_list_by_one_at_a_time(matching, build, met):
    user, other, postings = met
    profile = build.profile()
    matching.candidates.put(user, profile)
    matching.candidates.embed(user, profile.candidate_id)

    def begin(candidate_id):
        with matching.database.transaction(user.tenant) as session:
            start = matching.keeping.prepare(session, user.tenant, [candidate_id])
            return start, *matching.keeping.score(session, user.tenant, start, 10)

    def write(begun):
        with matching.database.transaction(user.tenant) as session:
            return matching.keeping.replace(session, user.tenant, *begun, range(1))

    first, again, beside = begin(profile.candidate_id), begin(profile.candidate_id), begin(other.candidate_id)
    with ThreadPoolExecutor(2) as threads:
        with matching.database.transaction(user.tenant) as session:
            assert matching.keeping.replace(session, user.tenant, *first, range(1)) == 3
            waits = threads.submit(write, again)
            assert threads.submit(write, beside).result(PATIENCE) == 3
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
            assert any(session.scalar(waiting) for _ in range(100_000))
            assert not waits.done()
        assert waits.result(PATIENCE) == 3
    assert set(matching.pairs(user, profile.candidate_id)) == set(postings)


def test_many_lists_are_written_in_parts_each_as_if_it_was_alone(matching, build, met, monkeypatch):
    user, profile, _ = met
    everybody = [profile, *(build.profile(experience_years=years) for years in range(5))]
    for each in everybody:
        matching.ready(user, each)
    before = [matching.pairs(user, each.candidate_id) for each in everybody]
    monkeypatch.setattr(candidates, "LISTS_AT_ONCE", 2)
    with matching.database.transaction(user.tenant) as session:
        session.execute(text("DELETE FROM candidate_matches"))
        session.execute(text("DELETE FROM match_lists"))
    assert matching.candidates.match_all(user, [each.candidate_id for each in everybody]) == sum(map(len, before))
    assert [matching.pairs(user, each.candidate_id) for each in everybody] == before


def test_what_was_matched_long_ago_is_forgotten(matching, build, met, clock):
    user, *_ = met
    minutes = int(TURNS_KEPT.total_seconds()) // 60
    for _ in range(2 * minutes):
        clock.move(minutes=1)
        matching.take_in([build.draft()])
        matching.work_off()
    with matching.database.transaction(user.tenant) as session:
        kept = session.scalar(text("SELECT count(*) FROM match_turns"))
    assert minutes <= kept <= minutes + 2
