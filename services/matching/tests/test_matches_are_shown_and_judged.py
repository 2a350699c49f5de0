"""What is shown of matches: explained, to their tenant alone, in pages; and the states that people give them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from blacklight_servicekit.errors import Conflict, NotFound, Unavailable
from blacklight_servicekit.ids import new_id

SKILLS = ["Java", "Spring Boot", "SQL", "Python", "Django", "AWS", "Kubernetes", "React", "C#", "Azure", "SAP"]


def count_stored(matching, user):
    with matching.database.transaction(user.tenant) as session:
        return session.connection().exec_driver_sql("SELECT count(*) FROM candidate_matches").scalar_one()


def test_the_explanation_adds_up_and_quotes_both_sides(matching, build):
    user, profile = build.user(), build.profile(skills=["Java", "SQL"])
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    listed, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    explained = matching.matches.explain_match(user, listed[0].match_id)
    assert sum(part.points for part in explained.explanation.parts) == listed[0].score
    assert sum(part.weight for part in explained.explanation.parts) == 10_000
    lines = {line.name: line for line in explained.explanation.skills}
    assert lines["Java"].candidate[0].text == "Built systems with Java for three years."
    assert "Java, Spring Boot and SQL are required." in lines["Java"].posting[0].text
    assert not lines["Spring Boot"].is_matched


def test_a_score_whose_side_has_changed_is_not_explained_wrongly(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    listed, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    matching.candidates.put(user, replace(profile, version=2, skills=()))
    with pytest.raises(Unavailable) as refused:
        matching.matches.explain_match(user, listed[0].match_id)
    assert refused.value.reason == "MATCH_OUTDATED"


def test_another_tenants_match_looks_absent(matching, build):
    user, other = build.user(), build.user()
    matching.take_in([build.draft()])
    matching.work_off()
    profile = build.profile()
    matching.ready(user, profile)
    listed, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    absent = new_id()
    for ask in (
        matching.matches.get_match,
        matching.matches.explain_match,
        matching.matches.view_match,
        lambda caller, match_id: matching.matches.shortlist_match(caller, match_id, etag=""),
        lambda caller, match_id: matching.matches.reject_match(caller, match_id, reason="no", etag=""),
    ):
        with pytest.raises(NotFound) as foreign:
            ask(other, listed[0].match_id)
        with pytest.raises(NotFound) as unknown:
            ask(other, absent)
        assert foreign.value.reason == unknown.value.reason == "MATCH_NOT_FOUND"
    with pytest.raises(NotFound):
        matching.pairs(other, profile.candidate_id)
    page, _ = matching.matches.list_of_posting(other, listed[0].posting_id, page_size=0, page_token="")
    assert page == []


def test_states_change_by_verbs_with_etags_and_are_audited(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    (found,), _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=0, page_token="")
    viewed = matching.matches.view_match(user, found.match_id)
    assert (viewed.state, viewed.view_time) == ("VIEWED", matching.clock.now)
    with pytest.raises(Conflict):
        matching.matches.shortlist_match(user, found.match_id, etag=found.etag)
    shortlisted = matching.matches.shortlist_match(user, found.match_id, etag=viewed.etag)
    assert matching.matches.shortlist_match(user, found.match_id, etag="") == shortlisted
    assert matching.matches.view_match(user, found.match_id).state == "SHORTLISTED"
    rejected = matching.matches.reject_match(user, found.match_id, reason="Withdrew", etag=shortlisted.etag)
    assert (rejected.state, rejected.rejection_reason) == ("REJECTED", "Withdrew")
    again = matching.matches.shortlist_match(user, found.match_id, etag="")
    assert (again.state, again.rejection_reason) == ("SHORTLISTED", "")
    with matching.database.transaction(user.tenant) as session:
        rows = session.connection().exec_driver_sql("SELECT action FROM audit_log ORDER BY sequence").scalars()
        assert list(rows) == ["match.viewed", "match.shortlisted", "match.rejected", "match.shortlisted"]


def test_pages_of_matches_give_each_once_best_first(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(skills=", ".join(SKILLS[: 1 + n % 5])) for n in range(23)])
    matching.work_off()
    matching.ready(user, profile)
    token, seen = "", []
    while True:
        page, token = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=5, page_token=token)
        seen += [(-match.score, match.match_id) for match in page]
        if not token:
            break
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == count_stored(matching, user)
    assert len(seen) > 10


def test_matches_can_be_asked_for_by_score_and_state(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(skills=", ".join(SKILLS[: 1 + 2 * n])) for n in range(5)])
    matching.work_off()
    matching.ready(user, profile)
    everything = matching.pairs(user, profile.candidate_id)
    middle = sorted(everything.values())[2]
    some, _ = matching.matches.list_of_candidate(
        user, profile.candidate_id, page_size=0, page_token="", min_score=middle
    )
    assert [match.score for match in some] == sorted(
        (score for score in everything.values() if score >= middle), reverse=True
    )
    matching.matches.shortlist_match(user, some[0].match_id, etag="")
    chosen, _ = matching.matches.list_of_candidate(
        user, profile.candidate_id, page_size=0, page_token="", state="SHORTLISTED"
    )
    assert [match.match_id for match in chosen] == [some[0].match_id]
