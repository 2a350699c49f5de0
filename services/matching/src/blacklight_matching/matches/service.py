"""Matches: listed best first, explained, judged by people; and scores written in bulk below that.

Spec 3.10, 6.8, 6.10; pains P-04, P-63 to P-65, P-76.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from blacklight_servicekit import audit, bulk
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound, Unavailable
from blacklight_servicekit.etag import check_etag
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, and_, delete, or_, select, text
from sqlalchemy.orm import Session

from blacklight_matching.matches import sql
from blacklight_matching.matches.evidence import candidate_evidence, posting_evidence
from blacklight_matching.matches.models import CandidateMatch
from blacklight_matching.matches.pairs import Pair, ScoredPair
from blacklight_matching.matches.view import (
    APPLIED,
    REJECTED,
    SHORTLISTED,
    SUGGESTED,
    VIEWED,
    ExplainedMatch,
    MatchView,
    match_etag,
)
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.scoring import (
    RECOMMENDED_FROM,
    SCORER_VERSION,
    Score,
    combine,
    explain,
    grade_of,
    is_matched,
)

MOST_MATCHES = 500
"""A candidate's best; more help nobody."""


class Matches:
    """A tenant's matches."""

    def __init__(self, database: Database, clock: Clock, profiles: Profiles, postings: Postings) -> None:
        self._database = database
        self._clock = clock
        self._profiles = profiles
        self._postings = postings

    def list_of_candidate(
        self,
        caller: Caller,
        candidate_id: UUID,
        *,
        page_size: int,
        page_token: str,
        min_score: int = 0,
        state: str = "",
    ) -> tuple[list[MatchView], str]:
        """A candidate's matches, best first, ties by id, and the token of the next page.

        A suggestion whose posting has expired is not shown; what somebody has judged is.
        """
        of = CandidateMatch.candidate_id == candidate_id
        query = {"rpc": "ListCandidateMatches", "of": candidate_id, "min": min_score, "state": state}
        return self._list(caller, of, query, page_size, page_token)

    def list_of_posting(
        self,
        caller: Caller,
        posting_id: UUID,
        *,
        page_size: int,
        page_token: str,
        min_score: int = 0,
        state: str = "",
    ) -> tuple[list[MatchView], str]:
        """A posting's matches inside the caller's tenant (P-04), ordered and shown alike."""
        of = CandidateMatch.posting_id == posting_id
        query = {"rpc": "ListPostingMatches", "of": posting_id, "min": min_score, "state": state}
        return self._list(caller, of, query, page_size, page_token)

    def get_match(self, caller: Caller, match_id: UUID) -> MatchView:
        """Reads one match. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            return self._views(session, caller.tenant, [self._get(session, caller, match_id)])[0]

    def explain_match(self, caller: Caller, match_id: UUID) -> ExplainedMatch:
        """Takes a score apart, with the sentences of both sides; the parts add up to the stored score.

        Raises NotFound; Unavailable (MATCH_OUTDATED) between a change of either side and its new score.
        """
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id)
            profile = self._profiles.find(session, caller.tenant, match.candidate_id)
            grounds = self._postings.find_grounds(session, caller.tenant, match.posting_id)
            if (
                profile is None
                or grounds is None
                or profile.content_hash != bytes(match.profile_hash)
                or grounds.content_hash != bytes(match.posting_hash)
                or match.scorer_version != SCORER_VERSION
            ):
                raise Unavailable(
                    "the resume or the posting has changed and the match is being scored again; try again shortly",
                    reason="MATCH_OUTDATED",
                )
            explanation = explain(
                _stored_score(match, len(grounds.skills)),
                candidate_evidence(profile),
                posting_evidence(grounds),
            )
            return ExplainedMatch(self._views(session, caller.tenant, [match])[0], explanation)

    def view_match(self, caller: Caller, match_id: UUID) -> MatchView:
        """Marks a suggested match as viewed; any other state stays. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            if match.state == SUGGESTED:
                self._move(session, caller, match, VIEWED)
            return self._views(session, caller.tenant, [match])[0]

    def shortlist_match(self, caller: Caller, match_id: UUID, *, etag: str) -> MatchView:
        """Shortlists a match; a shortlisted one stays so. Raises NotFound, Conflict (etag)."""
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            check_etag(etag, match_etag(match_id, match.state_version))
            if match.state not in (SHORTLISTED, APPLIED):
                match.rejection_reason = ""
                match.shortlist_time = self._clock()
                self._move(session, caller, match, SHORTLISTED)
            return self._views(session, caller.tenant, [match])[0]

    def reject_match(self, caller: Caller, match_id: UUID, *, reason: str, etag: str) -> MatchView:
        """Rejects a match with a reason; rejecting again replaces the reason. Raises NotFound, Conflict (etag)."""
        with self._database.transaction(caller.tenant) as session:
            match = self._get(session, caller, match_id, lock=True)
            check_etag(etag, match_etag(match_id, match.state_version))
            if match.state != REJECTED or match.rejection_reason != reason:
                match.rejection_reason = reason
                match.reject_time = self._clock()
                self._move(session, caller, match, REJECTED)
            return self._views(session, caller.tenant, [match])[0]

    def judged_pairs(
        self,
        session: Session,
        tenant_id: UUID,
        *,
        candidate_id: UUID | None = None,
        posting_ids: Sequence[UUID] | None = None,
    ) -> set[Pair]:
        """Part: the pairs that somebody has looked at or judged; their scores are kept up to date for ever."""
        statement = select(CandidateMatch.candidate_id, CandidateMatch.posting_id).where(
            CandidateMatch.tenant_id == tenant_id, CandidateMatch.state != SUGGESTED
        )
        if candidate_id is not None:
            statement = statement.where(CandidateMatch.candidate_id == candidate_id)
        if posting_ids is not None:
            statement = statement.where(CandidateMatch.posting_id.in_(posting_ids))
        return {(row.candidate_id, row.posting_id) for row in session.execute(statement)}

    def keep_scores(self, session: Session, tenant_id: UUID, pairs: Sequence[ScoredPair]) -> int:
        """Part: writes scores in bulk; pairs whose candidate has changed since are left out. Returns how many.

        The candidates stay locked (shared) until the transaction ends: a candidate that changes or is deleted
        meanwhile comes after these scores, and its own matching or deletion settles them.
        """
        if not pairs:
            return 0
        bulk.copy_rows(session, "scored", sql.SCORED, map(_columns, pairs))
        outdated = set(self._profiles.lock_and_find_outdated(session, tenant_id))
        if outdated:
            session.execute(text(sql.DROP_SCORED), {"outdated": list(outdated)})
        facts: dict[str, object] = {
            "tenant_id": tenant_id,
            "scorer_version": SCORER_VERSION,
            "now": self._clock(),
            "most": MOST_MATCHES,
        }
        session.execute(text(sql.KEEP_SCORES), facts)
        crowded = session.scalars(text(sql.FIND_CROWDED), facts).all()
        if crowded:
            session.execute(text(sql.CUT_TO_BEST), facts | {"crowded": crowded})
        return sum(pair.candidate_id not in outdated for pair in pairs)

    def drop_outdated_of_candidate(
        self, session: Session, tenant_id: UUID, candidate_id: UUID, profile_hash: bytes | None
    ) -> None:
        """Part: removes suggestions that the present state of the candidate no longer supports.

        A suggestion with the present hash rests on the present state, whoever wrote it, and stays: it may be of a
        posting that arrived while the candidate was being matched. None = the candidate takes no part any more.
        """
        outdated: ColumnElement[bool] = CandidateMatch.state == SUGGESTED
        if profile_hash is not None:
            outdated = and_(
                outdated,
                or_(
                    CandidateMatch.profile_hash != profile_hash,
                    CandidateMatch.scorer_version != SCORER_VERSION,
                    CandidateMatch.posting_id.not_in(self._postings.select_open(tenant_id)),
                ),
            )
        session.execute(
            delete(CandidateMatch).where(
                CandidateMatch.tenant_id == tenant_id, CandidateMatch.candidate_id == candidate_id, outdated
            )
        )

    def drop_outdated_of_postings(
        self, session: Session, tenant_id: UUID, posting_ids: Sequence[UUID], hashes: Mapping[UUID, bytes]
    ) -> None:
        """Part: removes suggestions on these postings that were scored from another reading or scorer.

        `hashes` are the present readings of those that take part in matching; on the others nothing is suggested.
        """
        session.execute(
            text(sql.DROP_OUTDATED),
            {
                "tenant_id": tenant_id,
                "posting_ids": list(posting_ids),
                "known_ids": list(hashes),
                "known_hashes": list(hashes.values()),
                "scorer_version": SCORER_VERSION,
            },
        )

    def forget_candidate(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """Part: deletes every match of a candidate who is being deleted."""
        session.execute(
            delete(CandidateMatch).where(
                CandidateMatch.tenant_id == tenant_id, CandidateMatch.candidate_id == candidate_id
            )
        )

    def _list(
        self,
        caller: Caller,
        of: ColumnElement[bool],
        query: dict[str, object],
        page_size: int,
        page_token: str,
    ) -> tuple[list[MatchView], str]:
        page = PageRequest.of(page_size, page_token, {"tenant": caller.tenant, **query})
        statement = select(CandidateMatch).where(CandidateMatch.tenant_id == caller.tenant, of)
        statement = statement.where(CandidateMatch.score >= query["min"])
        if query["state"]:
            statement = statement.where(CandidateMatch.state == query["state"])
        statement = statement.where(
            or_(
                CandidateMatch.state != SUGGESTED,
                CandidateMatch.posting_id.in_(self._postings.select_open(caller.tenant)),
            )
        )
        if page.after is not None:
            score, match_id = page.after
            statement = statement.where(
                CandidateMatch.score <= score,
                or_(CandidateMatch.score < score, CandidateMatch.match_id > match_id),
            )
        statement = statement.order_by(CandidateMatch.score.desc(), CandidateMatch.match_id)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(
                session.scalars(statement.limit(page.size + 1)).all(),
                key=lambda match: (match.score, match.match_id),
            )
            return self._views(session, caller.tenant, rows), token

    def _get(self, session: Session, caller: Caller, match_id: UUID, *, lock: bool = False) -> CandidateMatch:
        statement = select(CandidateMatch).where(
            CandidateMatch.tenant_id == caller.tenant, CandidateMatch.match_id == match_id
        )
        match = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
        if match is None:
            raise NotFound(f"match {match_id} not found", reason="MATCH_NOT_FOUND", field="match_id")
        return match

    def _move(self, session: Session, caller: Caller, match: CandidateMatch, state: str) -> None:
        now = self._clock()
        before = match.state
        match.state = state
        match.state_version += 1
        match.update_time = now
        match.view_time = match.view_time or now
        audit.record(
            session,
            caller,
            f"match.{state.lower()}",
            match.match_id,
            changes={"state": [before, state]},
        )

    def _views(self, session: Session, tenant_id: UUID, matches: Sequence[CandidateMatch]) -> list[MatchView]:
        names = self._profiles.names(session, tenant_id, (match.candidate_id for match in matches))
        postings = self._postings.headlines(session, tenant_id, (match.posting_id for match in matches))
        views = []
        for match in matches:
            posting = postings.get(match.posting_id)
            bits = bytes(match.matched)
            # The bits number the skills of the reading that was scored; of another reading they say nothing.
            known = posting is not None and posting.content_hash == bytes(match.posting_hash)
            skills = posting.skills if posting is not None and known else ()
            views.append(
                MatchView(
                    match_id=match.match_id,
                    candidate_id=match.candidate_id,
                    candidate_name=names.get(match.candidate_id, ""),
                    posting_id=match.posting_id,
                    posting_title=posting.title if posting else "",
                    posting_company=posting.company if posting else "",
                    posting_location=posting.location if posting else "",
                    score=match.score,
                    grade=grade_of(match.score),
                    confidence=match.confidence * 100,
                    recommended=match.score >= RECOMMENDED_FROM,
                    skills_score=match.skills_score,
                    experience_score=match.experience_score,
                    semantic_score=match.semantic_score,
                    matched_skills=tuple(name for n, (_, name) in enumerate(skills) if is_matched(bits, n)),
                    missing_skills=tuple(name for n, (_, name) in enumerate(skills) if not is_matched(bits, n)),
                    state=match.state,
                    rejection_reason=match.rejection_reason,
                    scorer_version=match.scorer_version,
                    etag=match_etag(match.match_id, match.state_version),
                    create_time=match.create_time,
                    update_time=match.update_time,
                    view_time=match.view_time,
                )
            )
        return views


def _columns(pair: ScoredPair) -> tuple[object, ...]:
    return (
        pair.candidate_id,
        pair.posting_id,
        pair.overall,
        pair.skills,
        pair.experience,
        pair.semantic,
        pair.confidence,
        pair.matched,
        pair.profile_hash,
        pair.posting_hash,
    )


def _stored_score(match: CandidateMatch, required: int) -> Score:
    """The score as stored; `explain` refuses it when it is not what its stored parts add up to."""
    parts = (match.skills_score, match.experience_score, match.semantic_score)
    summed = combine(*parts, required=required, matched=bytes(match.matched))
    return Score(
        overall=match.score,
        skills=summed.skills,
        experience=summed.experience,
        semantic=summed.semantic,
        coverage=summed.coverage,
        confidence=match.confidence,
        grade=grade_of(match.score),
        matched=summed.matched,
        version=match.scorer_version,
    )
