"""Pairs, pasted jobs, figures, notes and opinions as the contract has them."""

from __future__ import annotations

import pytest
from blacklight.matching.v1 import match_pb2, match_service_pb2, posting_pb2
from blacklight_matching.matches.figures.service import MatchFigures
from blacklight_matching.matches.pasted.service import PastedJobs
from blacklight_matching.matches.serving.servicer import MatchServicer
from blacklight_matching.opinions.service import Opinions
from blacklight_matching.profiles.profile import Preferences

JOB = (
    "Java Developer\n\nRequirements\n- Java, Spring Boot and SQL\n- 5+ years of experience\n- This work is 100% onsite."
)


@pytest.fixture
def servicer(matching) -> MatchServicer:
    """The service as `app.build` wires it."""
    database, matches, postings = matching.database, matching.matches, matching.postings
    return MatchServicer(
        matches,
        MatchFigures(database, matches, postings),
        PastedJobs(database, matching.profiles),
        Opinions(database, matching.clock, matches, postings),
    )


@pytest.fixture
def matched(matching, build):
    """A user and the profile of a candidate with two matches."""
    user, profile = build.user(), build.profile(skills=("Java", "SQL"))
    matching.take_in([build.draft(posted_date="2026-02-20"), build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    return user, profile


def listed(servicer, matched, **narrowed):
    user, profile = matched
    request = match_service_pb2.ListCandidateMatchesRequest(candidate_id=str(profile.candidate_id), **narrowed)
    return servicer.ListCandidateMatches(request, user).matches


def test_lists_say_where_a_posting_came_from(servicer, matched):
    newest, other = listed(servicer, matched, order=match_service_pb2.MATCH_ORDER_POSTED)
    assert (newest.posting_platform, newest.posting_origin) == ("dice", posting_pb2.POSTING_ORIGIN_FLEET)
    assert other.posted_time.ToDatetime().isoformat().startswith("2026-02-20")
    assert not newest.HasField("posted_time")
    assert listed(servicer, matched, origin=posting_pb2.POSTING_ORIGIN_MAIL) == []
    assert len(listed(servicer, matched, platforms=["dice"], grades=[newest.grade, other.grade])) == 2


def test_an_explanation_has_offsets_coverage_and_what_would_raise_it(servicer, matched):
    user, profile = matched
    first, _ = listed(servicer, matched)
    told = servicer.ExplainPair(
        match_service_pb2.ExplainPairRequest(candidate_id=str(profile.candidate_id), posting_id=first.posting_id), user
    )
    assert told == servicer.ExplainMatch(match_service_pb2.ExplainMatchRequest(match_id=first.match_id), user)
    assert (told.stored, told.coverage) == (True, 100)
    assert sum(part.contribution for part in told.parts) == told.match.score
    java = told.parts[0].evidence[0]
    assert not java.HasField("resume_start"), "nobody told where the sentence stands"
    assert java.posting_end - java.posting_start == len(java.posting_sentence)
    (gain,) = told.raises
    assert (gain.kind, gain.subject, gain.score) == ("ADD_SKILL", "Spring Boot", told.match.score + gain.gain)


def test_a_match_is_noted_applied_for_and_counted(servicer, matched):
    user, profile = matched
    first, second = listed(servicer, matched)
    servicer.UpdateMatch(match_service_pb2.UpdateMatchRequest(match_id=first.match_id, notes="Call on Monday"), user)
    applied = servicer.ApplyMatch(match_service_pb2.ApplyMatchRequest(match_id=first.match_id), user)
    assert (applied.notes, applied.state) == ("Call on Monday", match_pb2.MATCH_STATE_APPLIED)
    assert applied.HasField("apply_time")
    own = match_service_pb2.GetCandidateMatchStatsRequest(candidate_id=str(profile.candidate_id))
    for stats in (
        servicer.GetCandidateMatchStats(own, user),
        servicer.GetMatchStats(match_service_pb2.GetMatchStatsRequest(), user),
    ):
        assert stats.total == sum(each.count for each in stats.grades) == 2
        counted = {each.state: each.count for each in stats.states if each.count}
        assert counted == {match_pb2.MATCH_STATE_APPLIED: 1, match_pb2.MATCH_STATE_SUGGESTED: 1}
    top = servicer.ListTopMatches(
        match_service_pb2.ListTopMatchesRequest(candidate_ids=[str(profile.candidate_id)], top=1, min_score=0), user
    )
    assert [each.match_id for each in top.candidates[0].matches] == [first.match_id]
    assert second.state == match_pb2.MATCH_STATE_SUGGESTED


def test_a_pasted_job_is_read_and_says_who_is_excluded(servicer, matching, build, matched):
    user, _ = matched
    away = build.profile(preferences=Preferences(workplaces=("REMOTE",)))
    matching.ready(user, away)
    request = match_service_pb2.ScoreTextRequest(text=JOB, candidate_id=str(away.candidate_id))
    answer = servicer.ScoreText(request, user)
    assert (answer.reading.min_years, list(answer.reading.skills)) == (5, ["Java", "Spring Boot", "SQL"])
    (score,) = answer.scores
    assert [each.filter for each in score.blocked_by] == ["WORKPLACE"]
    assert sum(part.contribution for part in score.parts) == score.score
    best = servicer.ScoreText(match_service_pb2.ScoreTextRequest(text=JOB), user)
    assert [each.candidate_id for each in best.scores] == [str(matched[1].candidate_id)]


def test_an_opinion_says_its_engine(servicer, matched):
    user, _ = matched
    first, _ = listed(servicer, matched)
    opinion = servicer.AssessMatch(match_service_pb2.AssessMatchRequest(match_id=first.match_id), user)
    assert (opinion.engine, opinion.match_id, opinion.cached) == ("local-1", first.match_id, False)
    assert opinion.strengths
    assert opinion.gaps
    assert opinion.recommendations
    assert opinion.expire_time.seconds - opinion.create_time.seconds == 24 * 3600
