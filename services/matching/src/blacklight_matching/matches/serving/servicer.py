"""MatchService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import match_pb2, match_service_pb2, posting_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.matches.encoding import (
    encode_explanation,
    encode_match,
    encode_stats,
    encode_text_scores,
)
from blacklight_matching.matches.figures.service import MatchFigures
from blacklight_matching.matches.listing import CREATED, POSTED, SCORE
from blacklight_matching.matches.pasted.service import PastedJobs
from blacklight_matching.matches.service import Matches
from blacklight_matching.opinions.encoding import encode_opinion
from blacklight_matching.opinions.service import Opinions
from blacklight_matching.wire import clean, optional_uuid, without_prefix

_ORDERS = {
    match_service_pb2.MATCH_ORDER_CREATED: CREATED,
    match_service_pb2.MATCH_ORDER_POSTED: POSTED,
}
TOP_OF_BENCH, TOP_OF_EACH = 10, 5


class MatchServicer:
    """Matches of the caller's tenant."""

    service = match_service_pb2.DESCRIPTOR.services_by_name["MatchService"]

    def __init__(self, matches: Matches, figures: MatchFigures, pasted: PastedJobs, opinions: Opinions) -> None:
        self._matches = matches
        self._figures = figures
        self._pasted = pasted
        self._opinions = opinions

    def ListCandidateMatches(
        self, request: match_service_pb2.ListCandidateMatchesRequest, caller: Caller
    ) -> match_service_pb2.ListCandidateMatchesResponse:
        """Lists a candidate's matches."""
        matches, token = self._matches.list_of_candidate(
            caller,
            UUID(request.candidate_id),
            page_size=request.page_size,
            page_token=request.page_token,
            order=_ORDERS.get(request.order, SCORE),
            min_score=request.min_score,
            state=decode_state(request.state),
            grades=tuple(request.grades),
            platforms=tuple(request.platforms),
            origin=without_prefix(posting_pb2.PostingOrigin.Name(request.origin), "POSTING_ORIGIN_"),
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

    def ListTopMatches(
        self, request: match_service_pb2.ListTopMatchesRequest, caller: Caller
    ) -> match_service_pb2.ListTopMatchesResponse:
        """Lists the best matches of several candidates."""
        candidates = [UUID(each) for each in request.candidate_ids]
        found = self._figures.top_matches(
            caller,
            candidates,
            top=request.top or TOP_OF_EACH,
            min_score=request.min_score if request.HasField("min_score") else None,
            recommended_only=request.recommended_only,
        )
        return match_service_pb2.ListTopMatchesResponse(
            candidates=[
                match_service_pb2.CandidateTopMatches(
                    candidate_id=str(each), matches=[encode_match(match) for match in found.get(each, ())]
                )
                for each in candidates
            ]
        )

    def GetMatch(self, request: match_service_pb2.GetMatchRequest, caller: Caller) -> match_pb2.Match:
        """Reads one match."""
        return encode_match(self._matches.get_match(caller, UUID(request.match_id)))

    def ExplainMatch(
        self, request: match_service_pb2.ExplainMatchRequest, caller: Caller
    ) -> match_pb2.MatchExplanation:
        """Takes a score apart."""
        return encode_explanation(self._matches.explain_match(caller, UUID(request.match_id)))

    def ExplainPair(self, request: match_service_pb2.ExplainPairRequest, caller: Caller) -> match_pb2.MatchExplanation:
        """Takes the score of any pair apart."""
        return encode_explanation(
            self._matches.explain_pair(caller, UUID(request.candidate_id), UUID(request.posting_id))
        )

    def ScoreText(
        self, request: match_service_pb2.ScoreTextRequest, caller: Caller
    ) -> match_service_pb2.ScoreTextResponse:
        """Scores a pasted job."""
        return encode_text_scores(
            self._pasted.score_text(
                caller,
                text=clean(request.text),
                title=clean(request.title),
                location=clean(request.location),
                candidate_id=optional_uuid(request.candidate_id),
                top=request.top or TOP_OF_BENCH,
            )
        )

    def ViewMatch(self, request: match_service_pb2.ViewMatchRequest, caller: Caller) -> match_pb2.Match:
        """Marks a suggested match as viewed."""
        return encode_match(self._matches.view_match(caller, UUID(request.match_id)))

    def ShortlistMatch(self, request: match_service_pb2.ShortlistMatchRequest, caller: Caller) -> match_pb2.Match:
        """Shortlists a match."""
        return encode_match(self._matches.shortlist_match(caller, UUID(request.match_id), etag=request.etag))

    def ApplyMatch(self, request: match_service_pb2.ApplyMatchRequest, caller: Caller) -> match_pb2.Match:
        """Marks a match as applied for."""
        return encode_match(self._matches.apply_match(caller, UUID(request.match_id), etag=request.etag))

    def RejectMatch(self, request: match_service_pb2.RejectMatchRequest, caller: Caller) -> match_pb2.Match:
        """Rejects a match with a reason."""
        return encode_match(
            self._matches.reject_match(caller, UUID(request.match_id), reason=clean(request.reason), etag=request.etag)
        )

    def UpdateMatch(self, request: match_service_pb2.UpdateMatchRequest, caller: Caller) -> match_pb2.Match:
        """Writes the notes on a match."""
        return encode_match(
            self._matches.update_match(caller, UUID(request.match_id), notes=clean(request.notes), etag=request.etag)
        )

    def RefreshCandidateMatches(
        self, request: match_service_pb2.RefreshCandidateMatchesRequest, caller: Caller
    ) -> match_service_pb2.RefreshCandidateMatchesResponse:
        """Has a candidate matched anew in the background."""
        self._matches.refresh_candidate(caller, UUID(request.candidate_id))
        return match_service_pb2.RefreshCandidateMatchesResponse()

    def GetCandidateMatchStats(
        self, request: match_service_pb2.GetCandidateMatchStatsRequest, caller: Caller
    ) -> match_pb2.MatchStats:
        """Counts a candidate's matches."""
        return encode_stats(self._figures.of_candidate(caller, UUID(request.candidate_id)))

    def GetMatchStats(self, request: match_service_pb2.GetMatchStatsRequest, caller: Caller) -> match_pb2.MatchStats:
        """Counts the tenant's matches."""
        return encode_stats(self._figures.of_tenant(caller))

    def AssessMatch(self, request: match_service_pb2.AssessMatchRequest, caller: Caller) -> match_pb2.MatchOpinion:
        """Gives an opinion on a match."""
        return encode_opinion(
            self._opinions.assess(caller, UUID(request.match_id), force_refresh=request.force_refresh)
        )


def decode_state(state: match_pb2.MatchState.ValueType) -> str:
    """The state to filter by; empty = any."""
    return without_prefix(match_pb2.MatchState.Name(state), "MATCH_STATE_")
