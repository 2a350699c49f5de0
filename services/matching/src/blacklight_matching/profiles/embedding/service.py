"""Keeps the vectors of candidates up with their texts and the engine (pain P-66), inside each tenant's walls."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from blacklight_servicekit.database import Database
from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from blacklight_matching.profiles.models import CandidateProfile
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.vectors import engine_version


class ProfileVectors:
    """Parts of the maintenance of vectors, and of rescoring."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._database = database
        self._profiles = profiles

    def count(self, tenant_id: UUID | None = None) -> tuple[int, int, int]:
        """How many candidates have a vector of the present engine, a stale one, and none.

        One whose text has changed since has a stale one. No vector is loaded (P-101).
        """
        embedded = CandidateProfile.text_hash.is_not(None)
        fresh = (CandidateProfile.engine == engine_version()) & CandidateProfile.content_hash.is_not(None)
        counted = select(
            func.count().filter(embedded & fresh),
            func.count().filter(embedded & ~fresh),
            func.count().filter(~embedded),
        ).select_from(CandidateProfile)
        if tenant_id is not None:
            counted = counted.where(CandidateProfile.tenant_id == tenant_id)
        with self._database.platform_transaction() as session:
            present, stale, missing = session.execute(counted).one()
            return present, stale, missing

    def select_tenants(self) -> list[UUID]:
        """Every tenant that has somebody who takes part."""
        with self._database.platform_transaction() as session:
            return self._profiles.select_tenants(session)

    def next_page(
        self, after: tuple[UUID, UUID] | None, *, size: int, tenant_id: UUID | None = None, ids: Sequence[UUID] = ()
    ) -> tuple[UUID, list[UUID]] | None:
        """A tenant and the next of its candidates by id; None when there are no more."""
        key = tuple_(CandidateProfile.tenant_id, CandidateProfile.candidate_id)
        statement = select(CandidateProfile.tenant_id, CandidateProfile.candidate_id)
        if after is not None:
            statement = statement.where(key > tuple_(*after))
        if tenant_id is not None:
            statement = statement.where(CandidateProfile.tenant_id == tenant_id)
        if ids:
            statement = statement.where(CandidateProfile.candidate_id.in_(ids))
        with self._database.platform_transaction() as session:
            rows = session.execute(
                statement.order_by(CandidateProfile.tenant_id, CandidateProfile.candidate_id).limit(size)
            ).all()
        if not rows:
            return None
        return rows[0].tenant_id, [row.candidate_id for row in rows if row.tenant_id == rows[0].tenant_id]

    def embed_stale(
        self, session: Session, tenant_id: UUID, candidate_ids: Sequence[UUID], *, everything: bool
    ) -> list[UUID]:
        """Part: makes the vectors that are missing or stale by content hash; says whose."""
        made = []
        for candidate_id in candidate_ids:
            profile = self._profiles.find(session, tenant_id, candidate_id)
            if profile is None:
                continue
            of = (CandidateProfile.tenant_id == tenant_id, CandidateProfile.candidate_id == candidate_id)
            hashes = select(CandidateProfile.text_hash, CandidateProfile.content_hash).where(*of)
            text_hash, known = session.execute(hashes).one()
            if not everything and (text_hash, known) == (profile.text_hash, profile.content_hash):
                continue
            if everything:
                session.execute(update(CandidateProfile).where(*of).values(text_hash=None))
                session.expire_all()
            self._profiles.embed(session, tenant_id, profile)
            made.append(candidate_id)
        return made
