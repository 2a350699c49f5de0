"""MatchService: decode, call, encode."""

from __future__ import annotations

from itertools import zip_longest
from uuid import UUID

from blacklight.matching.v1 import match_pb2, match_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.matches.service import Matches
from blacklight_matching.matches.view import ExplainedMatch, MatchView
from blacklight_matching.scoring import Explanation, PartLine, SkillLine
from blacklight_matching.wire import clean, timestamp, without_prefix


class MatchServicer:
    """Matches of the caller's tenant."""

    service = match_service_pb2.DESCRIPTOR.services_by_name["MatchService"]

    def __init__(self, matches: Matches) -> None:
        self._matches = matches

    def ListCandidateMatches(
        self, request: match_service_pb2.ListCandidateMatchesRequest, caller: Caller
    ) -> match_service_pb2.ListCandidateMatchesResponse:
        """Lists a candidate's matches, best first."""
        matches, token = self._matches.list_of_candidate(
            caller,
            UUID(request.candidate_id),
            page_size=request.page_size,
            page_token=request.page_token,
            min_score=request.min_score,
            state=decode_state(request.state),
        )
        return match_service_pb2.ListCandidateMatchesResponse(
            matches=[encode_match(match) for match in matches], next_page_token=token
        )

    def ListPostingMatches(
        self, request: match_service_pb2.ListPostingMatchesRequest, caller: Caller
    ) -> match_service_pb2.ListPostingMatchesResponse:
        """Lists a posting's matches in the tenant, best first."""
        matches, token = self._matches.list_of_posting(
            caller,
            UUID(request.posting_id),
            page_size=request.page_size,
            page_token=request.page_token,
            min_score=request.min_score,
            state=decode_state(request.state),
        )
        return match_service_pb2.ListPostingMatchesResponse(
            matches=[encode_match(match) for match in matches], next_page_token=token
        )

    def GetMatch(self, request: match_service_pb2.GetMatchRequest, caller: Caller) -> match_pb2.Match:
        """Reads one match."""
        return encode_match(self._matches.get_match(caller, UUID(request.match_id)))

    def ExplainMatch(
        self, request: match_service_pb2.ExplainMatchRequest, caller: Caller
    ) -> match_pb2.MatchExplanation:
        """Takes a score apart."""
        return encode_explanation(self._matches.explain_match(caller, UUID(request.match_id)))

    def ViewMatch(self, request: match_service_pb2.ViewMatchRequest, caller: Caller) -> match_pb2.Match:
        """Marks a suggested match as viewed."""
        return encode_match(self._matches.view_match(caller, UUID(request.match_id)))

    def ShortlistMatch(self, request: match_service_pb2.ShortlistMatchRequest, caller: Caller) -> match_pb2.Match:
        """Shortlists a match."""
        return encode_match(self._matches.shortlist_match(caller, UUID(request.match_id), etag=request.etag))

    def RejectMatch(self, request: match_service_pb2.RejectMatchRequest, caller: Caller) -> match_pb2.Match:
        """Rejects a match with a reason."""
        return encode_match(
            self._matches.reject_match(caller, UUID(request.match_id), reason=clean(request.reason), etag=request.etag)
        )


def decode_state(state: match_pb2.MatchState.ValueType) -> str:
    """The state to filter by; empty = any."""
    return without_prefix(match_pb2.MatchState.Name(state), "MATCH_STATE_")


def encode_match(match: MatchView) -> match_pb2.Match:
    """A match."""
    return match_pb2.Match(
        match_id=str(match.match_id),
        candidate_id=str(match.candidate_id),
        candidate_name=match.candidate_name,
        posting_id=str(match.posting_id),
        posting_title=match.posting_title,
        posting_company=match.posting_company,
        posting_location=match.posting_location,
        score=match.score,
        grade=match.grade,
        confidence=match.confidence,
        recommended=match.recommended,
        skills_score=match.skills_score,
        experience_score=match.experience_score,
        semantic_score=match.semantic_score,
        matched_skills=match.matched_skills,
        missing_skills=match.missing_skills,
        state=match_pb2.MatchState.Value(f"MATCH_STATE_{match.state}"),
        rejection_reason=match.rejection_reason,
        scorer_version=match.scorer_version,
        etag=match.etag,
        create_time=timestamp(match.create_time),
        update_time=timestamp(match.update_time),
        view_time=timestamp(match.view_time),
    )


def encode_explanation(explained: ExplainedMatch) -> match_pb2.MatchExplanation:
    """An explanation; the contributions of its parts add up to the match's score."""
    explanation = explained.explanation
    return match_pb2.MatchExplanation(
        match=encode_match(explained.match),
        parts=[encode_part(part, explanation) for part in explanation.parts],
        summary=explanation.summary,
    )


def encode_part(part: PartLine, explanation: Explanation) -> match_pb2.ScorePart:
    """One part of the sum with what it rests on; outside the skills every sentence shown is one that counted."""
    if part.name == "skills":
        evidence = [encode_skill(skill) for skill in explanation.skills]
    else:
        evidence = [
            match_pb2.Evidence(
                subject=part.name,
                matched=True,
                resume_sentence=own.text if own else "",
                posting_sentence=theirs.text if theirs else "",
            )
            for own, theirs in zip_longest(part.candidate, part.posting)
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
    return match_pb2.Evidence(
        subject=skill.name,
        matched=skill.is_matched,
        resume_sentence=skill.candidate[0].text if skill.candidate else "",
        posting_sentence=skill.posting[0].text if skill.posting else "",
    )
