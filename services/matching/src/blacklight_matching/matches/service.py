"""Matches: listed best first, explained, judged by people; and scores written in bulk below that.

Spec 3.10, 6.8, 6.10; pains P-04, P-63 to P-65, P-76.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, NotFound, Unavailable
from blacklight_servicekit.etag import check_etag
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from blacklight_matching.matches.evidence import Grounds, explained
from blacklight_matching.matches.grounding.service import Grounding, Pair
from blacklight_matching.matches.listing import CREATED, POSTED, SCORE, MatchFilter
from blacklight_matching.matches.models import CandidateMatch
from blacklight_matching.matches.states import APPLIED, REJECTED, SHORTLISTED, SUGGESTED, VIEWED, check_move
from blacklight_matching.matches.view import ExplainedMatch, MatchView, live_view, match_etag, stored_view
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.scoring import SCORER_VERSION, Blocker, blockers, combine, grade_of, score_pair


class Matches:
    """A tenant's matches."""

    def __init__(self, database: Database, clock: Clock, profiles: Profiles, postings: Postings) -> None:
        self._database = database
        self._clock = clock
        self._profiles = profiles
        self._postings = postings
        self._grounding = Grounding(profiles, postings)

    def list_of_candidate(
        self,
        caller: Caller,
        candidate_id: UUID,
        *,
        page_size: int,
        page_token: str,
        order: str = SCORE,
        **narrowed: Any,
    ) -> tuple[list[MatchView], str]:
        """A candidate's matches in the order asked for, ties by id, and the token of the next page.

        A suggestion whose posting has expired is not shown; what somebody has judged is. Raises NotFound
        (CANDIDATE_NOT_FOUND); one made a moment ago, whose profile is on its way, has no matches yet.

        Args:
            order: SCORE, CREATED or POSTED.
            narrowed: fields of `MatchFilter`.
        """
        of = CandidateMatch.candidate_id == candidate_id
        query = {"rpc": "ListCandidateMatches", "of": candidate_id}
        found, token = self._list(caller, of, query, page_size, page_token, MatchFilter(**narrowed), order)
        if not found:
            with self._database.transaction(caller.tenant) as session:
                self.check_candidate(session, caller.tenant, candidate_id)
        return found, token

    def list_of_posting(
        self, caller: Caller, posting_id: UUID, *, page_size: int, page_token: str, **narrowed: Any
    ) -> tuple[list[MatchView], str]:
        """A posting's matches inside the caller's tenant (P-04), best first, shown alike.

        Raises NotFound (POSTING_NOT_FOUND).
        """
        of = CandidateMatch.posting_id == posting_id
        query = {"rpc": "ListPostingMatches", "of": posting_id}
        found, token = self._list(caller, of, query, page_size, page_token, MatchFilter(**narrowed), SCORE)
        if not found:
            with self._database.transaction(caller.tenant) as session:
                self._check_posting(session, caller.tenant, posting_id)
        return found, token

    def get_match(self, caller: Caller, match_id: UUID) -> MatchView:
        """Reads one match. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            return self._view(session, caller.tenant, self._get(session, caller, match_id))

    def explain_match(self, caller: Caller, match_id: UUID) -> ExplainedMatch:
        """Takes a score apart, with the sentences of both sides; the parts add up to the stored score.

        Raises NotFound; Unavailable (MATCH_OUTDATED) between a change of either side and its new score.
        """
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id)
            return self._explained(session, caller.tenant, match)

    def explain_pair(self, caller: Caller, candidate_id: UUID, posting_id: UUID) -> ExplainedMatch:
        """Takes the score of any pair apart: that of its stored match, or the one it has now.

        Raises NotFound; FailedPrecondition (POSTING_NOT_OPEN) for a pair that is not stored; Unavailable while either
        side is being read.
        """
        with self._database.transaction(caller.tenant) as session:
            match = session.scalars(select(CandidateMatch).where(*_is_pair(caller.tenant, candidate_id, posting_id)))
            if (stored := match.one_or_none()) is not None:
                return self._explained(session, caller.tenant, stored)
            grounds = self._grounding.find(session, caller.tenant, candidate_id, posting_id)
            if not self._postings.block(session, caller.tenant, [posting_id]).ids:
                raise FailedPrecondition(
                    "the posting is no longer open; only stored matches of it are explained", reason="POSTING_NOT_OPEN"
                )
            score = score_pair(grounds.candidate, grounds.posting)
            name, headline = grounds.profile.display_name, grounds.said.headline
            view = live_view(candidate_id, name, posting_id, headline, score, _blockers(grounds))
            return ExplainedMatch(view, explained(score, grounds))

    def view_match(self, caller: Caller, match_id: UUID) -> MatchView:
        """Marks a suggested match as viewed; any other state stays. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            if match.state == SUGGESTED:
                self._move(session, caller, match, VIEWED)
            return self._view(session, caller.tenant, match)

    def shortlist_match(self, caller: Caller, match_id: UUID, *, etag: str) -> MatchView:
        """Shortlists a match; a shortlisted one stays so.

        Raises NotFound, Conflict (etag), FailedPrecondition (MATCH_STATE) for one that is applied for.
        """
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            check_etag(etag, match_etag(match_id, match.state_version))
            if match.state != SHORTLISTED:
                check_move(match.state, SHORTLISTED)
                match.rejection_reason = ""
                match.shortlist_time = self._clock()
                self._move(session, caller, match, SHORTLISTED)
            return self._view(session, caller.tenant, match)

    def apply_match(self, caller: Caller, match_id: UUID, *, etag: str) -> MatchView:
        """Marks a match as applied for; one that is stays so.

        Raises NotFound, Conflict (etag), FailedPrecondition (MATCH_STATE) for a rejected one.
        """
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            check_etag(etag, match_etag(match_id, match.state_version))
            if match.state != APPLIED:
                check_move(match.state, APPLIED)
                match.apply_time = match.apply_time or self._clock()
                self._move(session, caller, match, APPLIED)
            return self._view(session, caller.tenant, match)

    def update_match(self, caller: Caller, match_id: UUID, *, notes: str, etag: str) -> MatchView:
        """Writes the notes; a suggestion becomes viewed by it, and so is never removed. Raises NotFound, Conflict."""
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            check_etag(etag, match_etag(match_id, match.state_version))
            if match.notes != notes:
                match.notes = notes
                self._move(session, caller, match, VIEWED if match.state == SUGGESTED else match.state, "match.noted")
            return self._view(session, caller.tenant, match)

    def reject_match(self, caller: Caller, match_id: UUID, *, reason: str, etag: str) -> MatchView:
        """Rejects a match with a reason; rejecting again replaces the reason. Raises NotFound, Conflict (etag)."""
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            check_etag(etag, match_etag(match_id, match.state_version))
            if match.state != REJECTED or match.rejection_reason != reason:
                match.rejection_reason = reason
                match.reject_time = self._clock()
                self._move(session, caller, match, REJECTED)
            return self._view(session, caller.tenant, match)

    def refresh_candidate(self, caller: Caller, candidate_id: UUID) -> None:
        """Has a candidate matched anew in the background. Raises as `Profiles.unknown`."""
        with self._database.transaction(caller.tenant) as session:
            profile = self._profiles.find(session, caller.tenant, candidate_id)
            if profile is None:
                raise self._profiles.unknown(session, caller.tenant, candidate_id)
            told = {"candidate_id": str(candidate_id), "version": profile.version}
            outbox.add(session, "profile.stored", told, tenant_id=caller.tenant)

    def mark_applied(self, session: Session, caller: Caller, candidate_id: UUID, posting_id: UUID) -> bool:
        """Part: the pair was submitted, so its match, if there is one, is applied for; says whether there is.

        A submission is a decision of its own: it takes a rejection back, and its reason with it.
        """
        statement = select(CandidateMatch).where(*_is_pair(caller.tenant, candidate_id, posting_id)).with_for_update()
        match = session.scalars(statement).one_or_none()
        if match is None:
            return False
        if match.state != APPLIED:
            match.rejection_reason = ""
            match.apply_time = match.apply_time or self._clock()
            self._move(session, caller, match, APPLIED)
        return True

    def check_candidate(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """Part: raises NotFound (CANDIDATE_NOT_FOUND) for a candidate that is neither known nor on its way."""
        if self._profiles.find(session, tenant_id, candidate_id) is None:
            answer = self._profiles.unknown(session, tenant_id, candidate_id)
            if isinstance(answer, NotFound):
                raise answer

    def mark_viewed(self, session: Session, caller: Caller, match_id: UUID) -> None:
        """Part: somebody works with the match, so it is theirs now and is never removed. Raises NotFound."""
        match = self._get(session, caller, match_id, lock=True)
        if match.state == SUGGESTED:
            self._move(session, caller, match, VIEWED)

    def find_grounds(self, session: Session, caller: Caller, match_id: UUID) -> tuple[UUID, Grounds]:
        """Part: a match's posting, and everything the match rests on. Raises NotFound, Unavailable."""
        match = self._get(session, caller, match_id)
        return match.posting_id, self._grounding.find(session, caller.tenant, match.candidate_id, match.posting_id)

    def shown(self, tenant_id: UUID) -> ColumnElement[bool]:
        """Part: the matches that lists show and figures count (P-63): no suggestions of postings that have expired."""
        return and_(
            CandidateMatch.tenant_id == tenant_id,
            or_(
                CandidateMatch.state != SUGGESTED, CandidateMatch.posting_id.in_(self._postings.select_open(tenant_id))
            ),
        )

    def _list(
        self,
        caller: Caller,
        of: ColumnElement[bool],
        query: dict[str, object],
        page_size: int,
        page_token: str,
        narrowed: MatchFilter,
        order: str,
    ) -> tuple[list[MatchView], str]:
        page = PageRequest.of(
            page_size, page_token, {"tenant": caller.tenant, "narrowed": narrowed, "order": order, **query}
        )
        facets = self._postings.select_facets(caller.tenant).subquery()
        key: Any = CandidateMatch.score
        if order == CREATED:
            key = CandidateMatch.create_time
        elif order == POSTED:
            key = func.coalesce(facets.c.posted, CandidateMatch.create_time)
        statement = select(CandidateMatch, key.label("key")).where(of, self.shown(caller.tenant))
        if order == POSTED or narrowed.platforms or narrowed.origin:
            statement = statement.outerjoin(facets, facets.c.posting_id == CandidateMatch.posting_id)
        statement = statement.where(*_narrowing(narrowed, facets))
        if page.after is not None:
            value, match_id = page.after
            statement = statement.where(key <= value, or_(key < value, CandidateMatch.match_id > match_id))
        statement = statement.order_by(key.desc(), CandidateMatch.match_id)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(
                session.execute(statement.limit(page.size + 1)).all(), key=lambda row: (row.key, row[0].match_id)
            )
            return self.views(session, caller.tenant, [row[0] for row in rows]), token

    def _check_posting(self, session: Session, tenant_id: UUID, posting_id: UUID) -> None:
        if not self._postings.is_known(session, tenant_id, posting_id):
            raise NotFound(f"posting {posting_id} not found", reason="POSTING_NOT_FOUND", field="posting_id")

    def _get(self, session: Session, caller: Caller, match_id: UUID, *, lock: bool = False) -> CandidateMatch:
        statement = select(CandidateMatch).where(
            CandidateMatch.tenant_id == caller.tenant, CandidateMatch.match_id == match_id
        )
        match = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
        if match is None:
            raise NotFound(f"match {match_id} not found", reason="MATCH_NOT_FOUND", field="match_id")
        return match

    def _move(self, session: Session, caller: Caller, match: CandidateMatch, state: str, action: str = "") -> None:
        before = match.state
        self._set_state(match, state)
        audit.record(
            session,
            caller,
            action or f"match.{state.lower()}",
            match.match_id,
            changes={"state": [before, state]},
        )

    def _set_state(self, match: CandidateMatch, state: str) -> None:
        match.state = state
        match.state_version += 1
        match.update_time = self._clock()
        match.view_time = match.view_time or match.update_time

    def _explained(self, session: Session, tenant_id: UUID, match: CandidateMatch) -> ExplainedMatch:
        try:
            grounds = self._grounding.find(session, tenant_id, match.candidate_id, match.posting_id)
        except Unavailable as error:
            raise _outdated() from error
        scored = (bytes(match.profile_hash), bytes(match.posting_hash), match.scorer_version)
        if scored != (grounds.profile.content_hash, grounds.said.content_hash, SCORER_VERSION):
            raise _outdated()
        parts = (match.skills_score, match.experience_score, match.semantic_score)
        summed = combine(*parts, required=len(grounds.said.skills), matched=bytes(match.matched))
        # `explained` refuses a score that is not what its stored parts add up to.
        score = replace(summed, overall=match.score, confidence=match.confidence, grade=grade_of(match.score))
        view = stored_view(match, grounds.profile.display_name, grounds.said.headline, _blockers(grounds))
        return ExplainedMatch(view, explained(score, grounds))

    def _view(self, session: Session, tenant_id: UUID, match: CandidateMatch) -> MatchView:
        """One match, also a suggestion, with what excludes it by now."""
        blocked = self._grounding.blocked(session, tenant_id, [_pair(match)])
        return self.views(session, tenant_id, [match], blocked)[0]

    def views(
        self,
        session: Session,
        tenant_id: UUID,
        matches: Sequence[CandidateMatch],
        blocked: Mapping[Pair, Sequence[Blocker]] | None = None,
    ) -> list[MatchView]:
        """Part: matches as they are shown. Of judged ones it is said what excludes them by now; others go then."""
        names = self._profiles.names(session, tenant_id, (match.candidate_id for match in matches))
        postings = self._postings.headlines(session, tenant_id, (match.posting_id for match in matches))
        if blocked is None:
            judged = [_pair(match) for match in matches if match.state != SUGGESTED]
            blocked = self._grounding.blocked(session, tenant_id, judged)
        return [
            stored_view(
                match,
                names.get(match.candidate_id, ""),
                postings.get(match.posting_id),
                blocked.get(_pair(match), ()),
            )
            for match in matches
        ]


def _outdated() -> Unavailable:
    return Unavailable(
        "the resume or the posting has changed and the match is being scored again; try again shortly",
        reason="MATCH_OUTDATED",
    )


def _blockers(grounds: Grounds) -> tuple[Blocker, ...]:
    return blockers(grounds.candidate.work, grounds.posting.work)


def _pair(match: CandidateMatch) -> Pair:
    return match.candidate_id, match.posting_id


def _is_pair(tenant_id: UUID, candidate_id: UUID, posting_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        CandidateMatch.tenant_id == tenant_id,
        CandidateMatch.candidate_id == candidate_id,
        CandidateMatch.posting_id == posting_id,
    )


def _narrowing(narrowed: MatchFilter, facets: Subquery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [CandidateMatch.score >= narrowed.min_score]
    if narrowed.state:
        conditions.append(CandidateMatch.state == narrowed.state)
    if narrowed.ranges:
        conditions.append(
            or_(*(and_(CandidateMatch.score >= low, CandidateMatch.score < high) for low, high in narrowed.ranges))
        )
    if narrowed.platforms:
        conditions.append(facets.c.platform.in_([name.strip().lower() for name in narrowed.platforms]))
    if narrowed.origin:
        conditions.append(facets.c.origin == narrowed.origin)
    return conditions
