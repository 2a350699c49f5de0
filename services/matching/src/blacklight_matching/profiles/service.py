"""Parts over candidate profiles; every caller brings its own transaction.

One predicate, `_TAKES_PART`, says who takes part in matching (pains P-66, P-77).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from blacklight_servicekit.clock import Clock
from blacklight_servicekit.errors import NotFound, ServiceError, Unavailable
from sqlalchemy import ColumnElement, and_, delete, func, literal_column, select, text, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from blacklight_matching.blocks import ProfileBlock
from blacklight_matching.halfvec import from_sent, to_literal
from blacklight_matching.profiles.arrival import may_arrive
from blacklight_matching.profiles.bench import Bench, BenchShelf
from blacklight_matching.profiles.models import Bench as BenchRow
from blacklight_matching.profiles.models import CandidateProfile, ForgottenCandidate
from blacklight_matching.profiles.profile import Preferences, Profile, Quote, ShownSkill
from blacklight_matching.scoring import ANY_WORK, CandidateSide
from blacklight_matching.vectors import embed_texts, engine_version
from blacklight_matching.work import work_taken

_TAKES_PART = and_(CandidateProfile.matchable, CandidateProfile.content_hash.is_not(None))
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:candidate_id, 0))")
_HALFVEC = text("CAST(:vector AS halfvec)")

# What a person takes, for the hard filters; null where nothing is known, as of most.
_WORK: ColumnElement[Any] = literal_column(
    "CASE WHEN work_authorization <> '' OR needs_sponsorship OR locations <> '{}' OR workplaces <> '{}'"
    " OR contract_types <> '{}' OR least_pay IS NOT NULL THEN jsonb_build_object("
    "'work_authorization', work_authorization, 'needs_sponsorship', needs_sponsorship, 'locations', locations,"
    " 'open_to_relocation', open_to_relocation, 'workplaces', workplaces, 'contract_types', contract_types,"
    " 'least_pay', least_pay, 'pay_currency', pay_currency, 'pay_period', pay_period) END",
    JSONB,
).label("work")


class Profiles:
    """What matching knows of candidates."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shelf = BenchShelf()

    def store(self, session: Session, tenant_id: UUID, profile: Profile) -> bool:
        """Stores a profile unless a newer version, or its deletion, is known; says whether it did.

        The hash is cleared, so that the candidate takes part again once the new state is embedded.
        """
        self._lock(session, profile.candidate_id)
        if session.get(ForgottenCandidate, (tenant_id, profile.candidate_id)) is not None:
            return False
        known = select(CandidateProfile.version).where(*_is(tenant_id, profile.candidate_id))
        if (session.scalar(known) or 0) >= profile.version:
            return False
        values = asdict(profile)
        work = {name: _listed(value) for name, value in values.pop("preferences").items()}
        values |= work | {
            "tenant_id": tenant_id,
            "preferred_roles": list(profile.preferred_roles),
            "experience_evidence": list(profile.experience_evidence),
            "experience_quotes": [asdict(quote) for quote in profile.experience_quotes],
            "skills": [asdict(skill) for skill in profile.skills],
            "skill_keys": list(profile.skill_keys),
            "update_time": self._clock(),
            "content_hash": None,
            "bench_version": self._next_version(session, tenant_id),
        }
        statement = upsert(CandidateProfile).values(values)
        changed = {name: statement.excluded[name] for name in values}
        session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "candidate_id"], set_=changed))
        return True

    def forget(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """Deletes a profile and remembers its id, so that a late message does not bring it back."""
        self._lock(session, candidate_id)
        version = self._next_version(session, tenant_id)
        session.execute(
            upsert(ForgottenCandidate)
            .values(tenant_id=tenant_id, candidate_id=candidate_id, forget_time=self._clock(), bench_version=version)
            .on_conflict_do_nothing()
        )
        session.execute(delete(CandidateProfile).where(*_is(tenant_id, candidate_id)))

    def find(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> Profile | None:
        """The profile as last told; None when unknown or forgotten."""
        row = session.get(CandidateProfile, (tenant_id, candidate_id))
        return None if row is None else _profile(row)

    def find_all(self, session: Session, tenant_id: UUID, ids: Collection[UUID]) -> dict[UUID, Profile]:
        """Part: the profiles of those that are known."""
        rows = select(CandidateProfile).where(
            CandidateProfile.tenant_id == tenant_id, CandidateProfile.candidate_id.in_(ids)
        )
        return {row.candidate_id: _profile(row) for row in session.scalars(rows)}

    def is_awaited(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> bool:
        """Part: whether a candidate is unknown, but was made so lately that its profile may be on its way."""
        if not may_arrive(candidate_id, self._clock()):
            return False
        known = select(CandidateProfile.candidate_id).where(*_is(tenant_id, candidate_id))
        gone = select(ForgottenCandidate.candidate_id).where(
            ForgottenCandidate.tenant_id == tenant_id, ForgottenCandidate.candidate_id == candidate_id
        )
        return session.execute(known.union_all(gone)).first() is None

    def unknown(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> ServiceError:
        """Part: what is answered about a candidate that is not known, the same whether it exists elsewhere.

        NotFound (CANDIDATE_NOT_FOUND), or Unavailable (CANDIDATE_NOT_KNOWN_YET) where its profile may be on its way.
        """
        if self.is_awaited(session, tenant_id, candidate_id):
            return Unavailable(
                f"candidate {candidate_id} was made a moment ago and is not known here yet; try again in a second",
                reason="CANDIDATE_NOT_KNOWN_YET",
            )
        return NotFound(f"candidate {candidate_id} not found", reason="CANDIDATE_NOT_FOUND", field="candidate_id")

    def embed(self, session: Session, tenant_id: UUID, profile: Profile) -> None:
        """Makes the vector, if the text or the engine changed, and lets the candidate take part (P-66)."""
        row = session.get(CandidateProfile, (tenant_id, profile.candidate_id))
        if row is None or row.version != profile.version:
            return
        values: dict[str, Any] = {"content_hash": profile.content_hash}
        if row.text_hash != profile.text_hash:
            vector = to_literal(embed_texts([profile.text], "profile")[0])
            values |= {"embedding": _HALFVEC.bindparams(vector=vector), "text_hash": profile.text_hash}
            values["engine"] = engine_version()
        values["bench_version"] = self._next_version(session, tenant_id)
        session.execute(
            update(CandidateProfile)
            .where(*_is(tenant_id, profile.candidate_id), CandidateProfile.version == profile.version)
            .values(values)
            .execution_options(synchronize_session=False)
        )

    def bench(self, session: Session, tenant_id: UUID) -> Bench:
        """Part: everybody who takes part, as committed; of a bench in memory only what has changed is read."""
        kept = self._shelf.find(tenant_id)
        version = session.scalar(select(BenchRow.version).where(BenchRow.tenant_id == tenant_id)) or 0
        if kept is None:
            bench = Bench(version, self.block(session, tenant_id))
        elif kept.version == version:
            return kept
        else:
            since = (CandidateProfile.tenant_id == tenant_id, CandidateProfile.bench_version > kept.version)
            changed = session.scalars(select(CandidateProfile.candidate_id).where(*since)).all()
            since = (ForgottenCandidate.tenant_id == tenant_id, ForgottenCandidate.bench_version > kept.version)
            gone = session.scalars(select(ForgottenCandidate.candidate_id).where(*since)).all()
            bench = kept.changed(version, self.block(session, tenant_id, changed), [*changed, *gone])
        self._shelf.put(tenant_id, bench)
        return bench

    def outdated(self, session: Session, tenant_id: UUID, bench: Bench) -> set[UUID]:
        """Part: who of a bench is no longer as it is there, or is gone."""
        version = session.scalar(select(BenchRow.version).where(BenchRow.tenant_id == tenant_id)) or 0
        if bench.version == version:
            return set()
        statement = select(CandidateProfile.candidate_id, CandidateProfile.content_hash).where(
            CandidateProfile.tenant_id == tenant_id,
            CandidateProfile.candidate_id.in_(bench.block.ids)
            if bench.version is None
            else CandidateProfile.bench_version > bench.version,
        )
        present = {row.candidate_id: bytes(row.content_hash or b"") for row in session.execute(statement)}
        if bench.version is None:
            asked = set(bench.block.ids)
        else:
            since = (ForgottenCandidate.tenant_id == tenant_id, ForgottenCandidate.bench_version > bench.version)
            asked = {*present, *session.scalars(select(ForgottenCandidate.candidate_id).where(*since))}
        known = ((candidate_id, bench.block.hashes[bench.rows[candidate_id]]) for candidate_id in asked & {*bench.rows})
        return {candidate_id for candidate_id, told in known if present.get(candidate_id) != told}

    def who_take_part(self, session: Session, tenant_id: UUID, candidate_ids: Sequence[UUID]) -> set[UUID]:
        """Part: those of the candidates who are matched at present."""
        mine = (CandidateProfile.tenant_id == tenant_id, CandidateProfile.candidate_id.in_(candidate_ids))
        return set(session.scalars(select(CandidateProfile.candidate_id).where(*mine, _TAKES_PART)))

    def block(
        self,
        session: Session,
        tenant_id: UUID,
        candidate_ids: Sequence[UUID] | None = None,
        *,
        all_states: bool = False,
    ) -> ProfileBlock:
        """Everyone who takes part (or those of `candidate_ids` who do), ready to be scored, by id.

        `all_states` takes in who does not take part at present but has been embedded: their kept matches must
        stay true to what is known of them.
        """
        columns = CandidateProfile.__table__.c
        statement = (
            select(
                columns.candidate_id,
                columns.content_hash,
                type_coerce(columns.skill_keys, NullType),  # a list already: no copy of it element by element
                columns.experience_years,
                func.halfvec_send(columns.embedding),
                _WORK,
            )
            .where(columns.tenant_id == tenant_id)
            .where(columns.content_hash.is_not(None) if all_states else _TAKES_PART)
            .order_by(columns.candidate_id)
        )
        if candidate_ids is not None:
            statement = statement.where(columns.candidate_id.in_(candidate_ids))
        rows = session.execute(statement).all()
        if not rows:
            return ProfileBlock([], [], [])
        ids, hashes, skills, years, sent, works = zip(*rows, strict=True)
        return ProfileBlock(
            ids=list(ids),
            hashes=[bytes(told) for told in hashes],
            sides=[
                CandidateSide(frozenset(keys), known, vector, work_taken(**work) if work else ANY_WORK)
                for keys, known, vector, work in zip(skills, years, from_sent(sent), works, strict=True)
            ],
        )

    def names(self, session: Session, tenant_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
        """Display names by candidate."""
        statement = select(CandidateProfile.candidate_id, CandidateProfile.display_name).where(
            CandidateProfile.tenant_id == tenant_id, CandidateProfile.candidate_id.in_(set(ids))
        )
        return {row.candidate_id: row.display_name for row in session.execute(statement)}

    def select_tenants(self, session: Session) -> list[UUID]:
        """Part for the platform: every tenant that has somebody who takes part."""
        statement = select(CandidateProfile.tenant_id).where(_TAKES_PART).distinct()
        return sorted(session.scalars(statement))

    def _next_version(self, session: Session, tenant_id: UUID) -> int:
        """The bench's next version. Whoever changes a profile has it until the commit, so versions go by commits."""
        made = upsert(BenchRow).values(tenant_id=tenant_id, version=1)
        grown = made.on_conflict_do_update(index_elements=["tenant_id"], set_={"version": BenchRow.version + 1})
        return session.scalars(grown.returning(BenchRow.version)).one()

    def _lock(self, session: Session, candidate_id: UUID) -> None:
        """One writer a candidate, so that storing and forgetting can't cross."""
        session.execute(_LOCK, {"candidate_id": str(candidate_id)})


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _is(tenant_id: UUID, candidate_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CandidateProfile.tenant_id == tenant_id, CandidateProfile.candidate_id == candidate_id


def _profile(row: CandidateProfile) -> Profile:
    return Profile(
        candidate_id=row.candidate_id,
        version=row.version,
        display_name=row.display_name,
        matchable=row.matchable,
        current_title=row.current_title,
        preferred_roles=tuple(row.preferred_roles),
        experience_years=row.experience_years,
        experience_evidence=tuple(row.experience_evidence),
        experience_quotes=tuple(Quote(**quote) for quote in row.experience_quotes),
        opening=Quote(**row.opening) if row.opening else None,
        skills=tuple(ShownSkill(**skill) for skill in row.skills),
        summary=row.summary,
        resume_id=row.resume_id,
        preferences=Preferences(
            work_authorization=row.work_authorization,
            needs_sponsorship=row.needs_sponsorship,
            locations=tuple(row.locations),
            open_to_relocation=row.open_to_relocation,
            workplaces=tuple(row.workplaces),
            contract_types=tuple(row.contract_types),
            least_pay=row.least_pay,
            pay_currency=row.pay_currency,
            pay_period=row.pay_period,
        ),
    )
