"""Opinions on matches: formed when asked for, given again while both sides are as they were (H-10; pains P-19, P-78).

The language model is asked between two transactions, never inside one, by few callers at a time and by one for each
match; everybody else gets the local engine's opinion, or is told to come back.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit import logs
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound, Unavailable
from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from blacklight_matching.language_model import LanguageModel
from blacklight_matching.matches.evidence import explained
from blacklight_matching.matches.service import Matches
from blacklight_matching.opinions.asking import Formed, formed_by, formed_locally
from blacklight_matching.opinions.material import Material, material_of
from blacklight_matching.opinions.models import MatchOpinion, OpinionSpending
from blacklight_matching.opinions.opinion import GivenOpinion, Opinion
from blacklight_matching.postings.service import Postings
from blacklight_matching.scoring import score_pair

log = logs.get(__name__)

VALID_FOR = timedelta(hours=24)
SUBSTITUTE_VALID_FOR = timedelta(minutes=10)
"""A stand-in for a model that gave no answer is not kept for long."""
ASKING_AT_ONCE = 2
"""Callers of one process that wait for the model; each holds a place in the pool of calls."""


@dataclass(frozen=True, slots=True)
class AskingRules:
    """How the language model is asked.

    Attributes:
        model: None = never.
        seconds: at most, both attempts together.
        calls_a_day: of one tenant.
    """

    model: LanguageModel | None = None
    seconds: float = 20.0
    calls_a_day: int = 200


@dataclass(frozen=True, slots=True)
class _Basis:
    """What an opinion is formed on, and the states of both sides it holds for."""

    material: Material
    profile_hash: bytes
    posting_hash: bytes


class Opinions:
    """Forms opinions and keeps the last one of each match."""

    def __init__(
        self, database: Database, clock: Clock, matches: Matches, postings: Postings, rules: AskingRules | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._matches = matches
        self._postings = postings
        self._rules = rules or AskingRules()
        self._places = threading.BoundedSemaphore(ASKING_AT_ONCE)

    def assess(self, caller: Caller, match_id: UUID, *, force_refresh: bool = False) -> GivenOpinion:
        """The opinion on a match: the last one if it still holds, else a new one. A suggestion becomes viewed.

        Raises NotFound; Unavailable (OPINION_UNDER_WAY) while somebody else has the model asked about this match.
        """
        with self._database.transaction(caller.tenant) as session:
            self._matches.mark_viewed(session, caller, match_id)
            basis = self._basis(session, caller, match_id)
            last = session.get(MatchOpinion, match_id)
            if last is not None and not force_refresh and self._holds(last, basis):
                return _given(last, cached=True)
            if self._rules.model is None:
                return self._keep(session, caller, match_id, basis, formed_locally(basis.material))
            if not self._spend(session, caller):
                substitute = formed_locally(basis.material, "the day's budget for the language model is spent")
                return self._keep(session, caller, match_id, basis, substitute)
            self._claim(session, caller, match_id)
        try:
            formed = self._ask(self._rules.model, basis.material)
        except BaseException:
            self._release(caller, match_id)
            raise
        with self._database.transaction(caller.tenant) as session:
            # The match may be gone by now; then what was thought of it goes as well.
            self._matches.mark_viewed(session, caller, match_id)
            return self._keep(session, caller, match_id, basis, formed)

    def _basis(self, session: Session, caller: Caller, match_id: UUID) -> _Basis:
        posting_id, grounds = self._matches.find_grounds(session, caller, match_id)
        posting = self._postings.snapshot(session, caller.tenant, posting_id)
        if posting is None:
            raise NotFound("the match's posting is gone", reason="POSTING_NOT_FOUND", field="match_id")
        explanation = explained(score_pair(grounds.candidate, grounds.posting), grounds)
        material = material_of(grounds, explanation, posting)
        return _Basis(material, grounds.profile.content_hash, grounds.said.content_hash)

    def _holds(self, last: MatchOpinion, basis: _Basis) -> bool:
        """Whether an opinion is still given: neither side has changed (P-78), and its time is not up."""
        return (
            last.opinion is not None
            and last.expire_time is not None
            and self._clock() < last.expire_time
            and last.profile_hash == basis.profile_hash
            and last.posting_hash == basis.posting_hash
        )

    def _ask(self, model: LanguageModel, material: Material) -> Formed:
        if not self._places.acquire(blocking=False):
            return formed_locally(material, "the language model is busy")
        try:
            formed = formed_by(model, material, self._rules.seconds)
        finally:
            self._places.release()
        if formed.is_substitute:
            log.warning("opinion.model_failed", engine=formed.engine)
        return formed

    def _claim(self, session: Session, caller: Caller, match_id: UUID) -> None:
        """The right to have the model asked about a match, for a little longer than that can take."""
        now = self._clock()
        until = now + timedelta(seconds=self._rules.seconds + 5)
        statement = (
            upsert(MatchOpinion)
            .values(match_id=match_id, tenant_id=caller.tenant, claim_until=until)
            .on_conflict_do_update(
                index_elements=["match_id"],
                set_={"claim_until": until},
                where=or_(MatchOpinion.claim_until.is_(None), MatchOpinion.claim_until < now),
            )
            .returning(MatchOpinion.match_id)
        )
        if session.scalars(statement).one_or_none() is None:
            raise Unavailable("the opinion is being formed; ask again in a few seconds", reason="OPINION_UNDER_WAY")

    def _release(self, caller: Caller, match_id: UUID) -> None:
        with self._database.transaction(caller.tenant) as session:
            session.execute(
                update(MatchOpinion)
                .where(MatchOpinion.tenant_id == caller.tenant, MatchOpinion.match_id == match_id)
                .values(claim_until=None)
            )

    def _spend(self, session: Session, caller: Caller) -> bool:
        """Counts one more question of the tenant today; False when the day's are spent."""
        if self._rules.calls_a_day < 1:
            return False
        statement = upsert(OpinionSpending).values(tenant_id=caller.tenant, day=self._clock().date(), calls=1)
        counted = statement.on_conflict_do_update(
            index_elements=["tenant_id", "day"],
            set_={"calls": OpinionSpending.calls + 1},
            where=OpinionSpending.calls < self._rules.calls_a_day,
        ).returning(OpinionSpending.calls)
        return session.scalars(counted).one_or_none() is not None

    def _keep(self, session: Session, caller: Caller, match_id: UUID, basis: _Basis, formed: Formed) -> GivenOpinion:
        now: datetime = self._clock()
        values = {
            "opinion": formed.opinion.model_dump(),
            "engine": formed.engine,
            "profile_hash": basis.profile_hash,
            "posting_hash": basis.posting_hash,
            "create_time": now,
            "expire_time": now + (SUBSTITUTE_VALID_FOR if formed.is_substitute else VALID_FOR),
            "claim_until": None,
        }
        statement = upsert(MatchOpinion).values(match_id=match_id, tenant_id=caller.tenant, **values)
        kept = statement.on_conflict_do_update(index_elements=["match_id"], set_=values).returning(MatchOpinion)
        refreshed = {"populate_existing": True}
        return _given(session.scalars(kept, execution_options=refreshed).one(), cached=False)


def _given(kept: MatchOpinion, *, cached: bool) -> GivenOpinion:
    assert kept.create_time is not None
    assert kept.expire_time is not None
    return GivenOpinion(
        match_id=kept.match_id,
        opinion=Opinion.model_validate(kept.opinion),
        engine=kept.engine,
        create_time=kept.create_time,
        expire_time=kept.expire_time,
        cached=cached,
    )
