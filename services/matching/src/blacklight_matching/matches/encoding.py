"""Matches, explanations and figures as the contract has them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from blacklight.matching.v1 import match_pb2, match_service_pb2, posting_pb2

from blacklight_matching.matches.view import ExplainedMatch, MatchStats, MatchView, TextScore, TextScores
from blacklight_matching.scoring import SCORER_VERSION, Blocker, Explanation, PartLine, Raise, Sentence, SkillLine
from blacklight_matching.wire import timestamp


def encode_match(match: MatchView) -> match_pb2.Match:
    """A match; of a pair that is not stored, without id, state and times."""
    return match_pb2.Match(
        match_id=str(match.match_id or ""),
        candidate_id=str(match.candidate_id),
        candidate_name=match.candidate_name,
        posting_id=str(match.posting_id),
        posting_title=match.posting_title,
        posting_company=match.posting_company,
        posting_location=match.posting_location,
        posting_platform=match.posting_platform,
        posting_origin=posting_pb2.PostingOrigin.Value(f"POSTING_ORIGIN_{match.posting_origin or 'UNSPECIFIED'}"),
        posted_time=timestamp(match.posted_time),
        score=match.score,
        grade=match.grade,
        confidence=match.confidence,
        recommended=match.recommended,
        skills_score=match.skills_score,
        experience_score=match.experience_score,
        semantic_score=match.semantic_score,
        matched_skills=match.matched_skills,
        missing_skills=match.missing_skills,
        blocked_by=encode_blockers(match.blocked_by),
        state=match_pb2.MatchState.Value(f"MATCH_STATE_{match.state or 'UNSPECIFIED'}"),
        rejection_reason=match.rejection_reason,
        notes=match.notes,
        scorer_version=match.scorer_version,
        etag=match.etag,
        create_time=timestamp(match.create_time),
        update_time=timestamp(match.update_time),
        view_time=timestamp(match.view_time),
        shortlist_time=timestamp(match.shortlist_time),
        apply_time=timestamp(match.apply_time),
        reject_time=timestamp(match.reject_time),
    )


def encode_explanation(explained: ExplainedMatch) -> match_pb2.MatchExplanation:
    """An explanation; the contributions of its parts add up to the match's score."""
    explanation = explained.explanation
    return match_pb2.MatchExplanation(
        match=encode_match(explained.match),
        parts=[encode_part(part, explanation) for part in explanation.parts],
        summary=explanation.summary,
        coverage=explanation.coverage,
        blockers=encode_blockers(explanation.blockers),
        raises=encode_raises(explanation.raises),
        stored=explained.match.match_id is not None,
    )


def encode_blockers(blockers: Iterable[Blocker]) -> list[match_pb2.MatchBlocker]:
    """What excludes a pair."""
    return [match_pb2.MatchBlocker(filter=each.filter, reason=each.reason) for each in blockers]


def encode_raises(raises: Iterable[Raise]) -> list[match_pb2.ScoreRaise]:
    """What would raise a score."""
    return [
        match_pb2.ScoreRaise(kind=each.kind, subject=each.subject, gain=each.gain, score=each.score) for each in raises
    ]


def encode_part(part: PartLine, explanation: Explanation) -> match_pb2.ScorePart:
    """One part of the sum with what it rests on; outside the skills every sentence shown is one that counted."""
    if part.name == "skills":
        evidence = [encode_skill(skill) for skill in explanation.skills]
    else:
        evidence = [
            encode_evidence(part.name, True, own, theirs) for own, theirs in zip_longest(part.candidate, part.posting)
        ]
    return match_pb2.ScorePart(
        name=part.name,
        weight=part.weight,
        score=part.score,
        contribution=part.points,
        evidence=evidence,
        note=part.statement,
    )


def encode_skill(skill: SkillLine) -> match_pb2.Evidence:
    """A skill asked for, with the first sentence of either side that names it."""
    return encode_evidence(
        skill.name, skill.is_matched, next(iter(skill.candidate), None), next(iter(skill.posting), None)
    )


def encode_evidence(subject: str, matched: bool, own: Sentence | None, theirs: Sentence | None) -> match_pb2.Evidence:
    """What a part rests on; offsets only where something stands in a text."""
    ours, their = own if own and own.end else None, theirs if theirs and theirs.end else None
    return match_pb2.Evidence(
        subject=subject,
        matched=matched,
        resume_sentence=own.text if own else "",
        posting_sentence=theirs.text if theirs else "",
        resume_start=ours.start if ours else None,
        resume_end=ours.end if ours else None,
        posting_start=their.start if their else None,
        posting_end=their.end if their else None,
    )


def encode_text_scores(found: TextScores) -> match_service_pb2.ScoreTextResponse:
    """What was read of a pasted job and who fits it."""
    reading = match_service_pb2.TextReading(
        title=found.title,
        skills=found.skills,
        min_years=found.min_years,
        max_years=found.max_years,
        scorer_version=SCORER_VERSION,
    )
    return match_service_pb2.ScoreTextResponse(
        reading=reading, scores=[encode_text_score(score) for score in found.scores]
    )


def encode_text_score(score: TextScore) -> match_service_pb2.TextScore:
    """One candidate's score for it."""
    explanation = score.explanation
    return match_service_pb2.TextScore(
        candidate_id=str(score.candidate_id),
        candidate_name=score.candidate_name,
        score=explanation.overall,
        grade=explanation.grade,
        confidence=explanation.confidence * 100,
        recommended=explanation.is_recommended,
        matched_skills=[skill.name for skill in explanation.skills if skill.is_matched],
        missing_skills=[skill.name for skill in explanation.skills if not skill.is_matched],
        blocked_by=encode_blockers(explanation.blockers),
        parts=[encode_part(part, explanation) for part in explanation.parts],
        summary=explanation.summary,
        raises=encode_raises(explanation.raises),
    )


def encode_stats(stats: MatchStats) -> match_pb2.MatchStats:
    """Figures of matches."""
    return match_pb2.MatchStats(
        total=stats.total,
        recommended=stats.recommended,
        mean_score=stats.mean_score,
        grades=[match_pb2.GradeCount(grade=grade, count=count) for grade, count in stats.grades.items()],
        states=[
            match_pb2.StateCount(state=match_pb2.MatchState.Value(f"MATCH_STATE_{state}"), count=count)
            for state, count in stats.states.items()
        ],
        platforms=[match_pb2.PlatformCount(platform=name, count=count) for name, count in stats.platforms.items()],
        origins=[
            match_pb2.OriginCount(origin=posting_pb2.PostingOrigin.Value(f"POSTING_ORIGIN_{name}"), count=count)
            for name, count in stats.origins.items()
        ],
        top_postings=[
            match_pb2.PostingCount(
                posting_id=str(each.posting_id),
                posting_title=each.title,
                posting_company=each.company,
                recommended=each.recommended,
                best_score=each.best_score,
            )
            for each in stats.top_postings
        ],
    )
