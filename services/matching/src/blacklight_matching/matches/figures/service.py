"""Figures of matches, counted from the rows that lists show, on the one scale of grades (pains P-63, P-76)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from blacklight_matching.matches.models import CandidateMatch
from blacklight_matching.matches.service import Matches
from blacklight_matching.matches.states import STATES
from blacklight_matching.matches.view import MatchStats, MatchView, PostingCount
from blacklight_matching.postings.service import Postings
from blacklight_matching.scoring import GRADES, RECOMMENDED_FROM

TOP_POSTINGS = 10
_RECOMMENDED = CandidateMatch.score >= RECOMMENDED_FROM
_GRADE = case(*((CandidateMatch.score >= lowest, grade) for lowest, grade in GRADES)).label("grade")


class MatchFigures:
    """Counts of a tenant's matches, and the best of many candidates."""

    def __init__(self, database: Database, matches: Matches, postings: Postings) -> None:
        self._database = database
        self._matches = matches
        self._postings = postings

    def of_candidate(self, caller: Caller, candidate_id: UUID) -> MatchStats:
        """Figures of one candidate's matches. Raises NotFound, as lists of them do."""
        with self._database.transaction(caller.tenant) as session:
            self._matches.check_candidate(session, caller.tenant, candidate_id)
            return self._stats(session, caller.tenant, CandidateMatch.candidate_id == candidate_id)

    def of_tenant(self, caller: Caller) -> MatchStats:
        """Figures of all matches of the tenant, and the postings with the most recommended ones."""
        with self._database.transaction(caller.tenant) as session:
            return self._stats(session, caller.tenant, with_postings=True)

    def top_matches(
        self,
        caller: Caller,
        candidate_ids: Sequence[UUID],
        *,
        top: int,
        min_score: int | None = None,
        recommended_only: bool = False,
    ) -> dict[UUID, list[MatchView]]:
        """Each candidate's best matches, best first, ties by id.

        Args:
            min_score: 60 points unless given.
            recommended_only: at least 60 points, whatever `min_score` is.
        """
        least = RECOMMENDED_FROM if min_score is None else min_score
        least = max(least, RECOMMENDED_FROM) if recommended_only else least
        place = func.row_number().over(
            partition_by=CandidateMatch.candidate_id,
            order_by=(CandidateMatch.score.desc(), CandidateMatch.match_id),
        )
        ranked = (
            select(CandidateMatch, place.label("place"))
            .where(
                self._matches.shown(caller.tenant),
                CandidateMatch.candidate_id.in_(candidate_ids),
                CandidateMatch.score >= least,
            )
            .subquery()
        )
        match = aliased(CandidateMatch, ranked)
        statement = select(match).where(ranked.c.place <= top).order_by(match.candidate_id, ranked.c.place)
        found: dict[UUID, list[MatchView]] = {}
        with self._database.transaction(caller.tenant) as session:
            for view in self._matches.views(session, caller.tenant, session.scalars(statement).all()):
                found.setdefault(view.candidate_id, []).append(view)
        return found

    def _stats(
        self, session: Session, tenant_id: UUID, *of: ColumnElement[bool], with_postings: bool = False
    ) -> MatchStats:
        counted = select(
            _GRADE,
            CandidateMatch.state,
            func.count(),
            func.count().filter(_RECOMMENDED),
            func.sum(CandidateMatch.score),
        ).where(self._matches.shown(tenant_id), *of)
        rows = session.execute(counted.group_by(_GRADE, CandidateMatch.state)).all()
        grades, states = dict.fromkeys((grade for _, grade in GRADES), 0), dict.fromkeys(STATES, 0)
        total = recommended = points = 0
        for grade, state, count, good, score in rows:
            grades[grade] += count
            states[state] += count
            total, recommended, points = total + count, recommended + good, points + score
        mean = (2 * points + total) // (2 * total) if total else 0
        platforms, origins = self._facets(session, tenant_id, *of)
        top = self._top_postings(session, tenant_id) if with_postings else ()
        return MatchStats(total, recommended, mean, grades, states, platforms, origins, top)

    def _facets(
        self, session: Session, tenant_id: UUID, *of: ColumnElement[bool]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """How many matches are with postings of each board, and how many with those of each origin, most first."""
        facets = self._postings.select_facets(tenant_id).subquery()
        counted = (
            select(facets.c.platform, facets.c.origin, func.count())
            .select_from(CandidateMatch)
            .join(facets, facets.c.posting_id == CandidateMatch.posting_id)
            .where(self._matches.shown(tenant_id), *of)
            .group_by(facets.c.platform, facets.c.origin)
        )
        platforms, origins = Counter[str](), Counter[str]()
        for platform, origin, count in session.execute(counted):
            platforms[platform] += count
            origins[origin] += count
        return _most_first(platforms), _most_first(origins)

    def _top_postings(self, session: Session, tenant_id: UUID) -> list[PostingCount]:
        count, best = func.count().label("count"), func.max(CandidateMatch.score).label("best")
        statement = (
            select(CandidateMatch.posting_id, count, best)
            .where(and_(self._matches.shown(tenant_id), _RECOMMENDED))
            .group_by(CandidateMatch.posting_id)
            .order_by(count.desc(), best.desc(), CandidateMatch.posting_id)
            .limit(TOP_POSTINGS)
        )
        rows = session.execute(statement).all()
        shown = self._postings.headlines(session, tenant_id, [row.posting_id for row in rows])
        return [
            PostingCount(row.posting_id, shown[row.posting_id].title, shown[row.posting_id].company, row[1], row.best)
            for row in rows
            if row.posting_id in shown
        ]


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
