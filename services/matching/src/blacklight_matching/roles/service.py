"""Canonical roles: finding the one a name means, creating it once, and who is linked to it.

Spec 6.7; pains P-47 to P-50, P-74, P-75; decision D-13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklight_servicekit import bulk, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from blacklight_matching.halfvec import to_literal
from blacklight_matching.roles.models import CandidateRole, CanonicalRole, RoleAlias
from blacklight_matching.roles.naming import clean_name, normal_form, plausible, written_name
from blacklight_matching.vectors import VECTOR_SCALE, embed_titles, engine_version

SAME_ROLE = 0.85
"""Cosine from which two names mean one role (spec 6.7)."""
NAMED_AFTER = 0.75
"""Cosine from which a posting's title is of a role (spec 6.7)."""
MOST_ALIASES = 50

ACTIVE, REJECTED, MERGED = "ACTIVE", "REJECTED", "MERGED"

_CREATE_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('matching.role'))")
_FULL = VECTOR_SCALE * VECTOR_SCALE


@dataclass(frozen=True, slots=True)
class RoleView:
    """A canonical role as others see it."""

    role_id: UUID
    name: str
    aliases: tuple[str, ...]
    candidate_count: int
    version: int
    create_time: datetime


class Roles:
    """Reads and writes canonical roles; they are the platform's, so it works as the platform."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get_role(self, caller: Caller, role_id: UUID) -> RoleView:
        """Reads one role. Raises NotFound."""
        with self._database.platform_transaction() as session:
            role = session.get(CanonicalRole, role_id)
            if role is None:
                raise NotFound(f"role {role_id} not found", reason="ROLE_NOT_FOUND", field="role_id")
            return self._views(session, [role])[0]

    def list_roles(self, caller: Caller, *, page_size: int, page_token: str) -> tuple[list[RoleView], str]:
        """The active roles by name, and the token of the next page."""
        page = PageRequest.of(page_size, page_token, {"rpc": "ListRoles"})
        statement = select(CanonicalRole).where(CanonicalRole.state == ACTIVE)
        if page.after is not None:
            statement = statement.where(tuple_(CanonicalRole.name, CanonicalRole.role_id) > page.after)
        statement = statement.order_by(CanonicalRole.name, CanonicalRole.role_id).limit(page.size + 1)
        with self._database.platform_transaction() as session:
            rows, token = page.cut(session.scalars(statement).all(), key=lambda role: (role.name, role.role_id))
            return self._views(session, rows), token

    def resolve_names(self, caller: Caller, names: Sequence[str]) -> list[UUID]:
        """The roles that these names mean, created where unknown; implausible and rejected names give none.

        Each name is settled in a transaction of its own, so one that fails leaves the others (H-19).
        """
        found: list[UUID] = []
        for name in names:
            role_id = self._resolve(name)
            if role_id is not None and role_id not in found:
                found.append(role_id)
        return found

    def _resolve(self, raw: str) -> UUID | None:
        name = clean_name(raw)
        if not plausible(name):
            return None
        key = normal_form(name)
        vector = to_literal(embed_titles([name])[0])
        with self._database.platform_transaction() as session:
            known = self._find_by_name(session, key)
            if known is None:
                # One creation at a time: of two near names that arrive together the second finds the first.
                session.execute(_CREATE_LOCK)
                known = self._find_by_name(session, key)
            if known is None:
                known = self._find_nearest(session, vector, SAME_ROLE) or self._create(session, name, key, vector)
                self._add_alias(session, known, name, key)
            written = written_name(raw)
            if plausible(written):
                self._add_alias(session, known, written, normal_form(written))
            return known.role_id if known.state == ACTIVE else None

    def _find_by_name(self, session: Session, key: str) -> CanonicalRole | None:
        exact = session.scalars(select(CanonicalRole).where(CanonicalRole.normal_form == key)).one_or_none()
        if exact is None:
            alias = select(RoleAlias.role_id).where(RoleAlias.normal_form == key).scalar_subquery()
            exact = session.scalars(select(CanonicalRole).where(CanonicalRole.role_id == alias)).one_or_none()
        while exact is not None and exact.merged_into is not None:
            exact = session.get(CanonicalRole, exact.merged_into)
        return exact

    def _find_nearest(self, session: Session, vector: str, at_least: float) -> CanonicalRole | None:
        """The nearest active role by exact search; rejected ones do not attract other names."""
        nearest = session.execute(
            text(
                "SELECT role_id, -(embedding <#> CAST(:vector AS halfvec)) AS product FROM canonical_roles"
                " WHERE state = 'ACTIVE' AND engine_version = :engine"
                " ORDER BY embedding <#> CAST(:vector AS halfvec), role_id LIMIT 1"
            ),
            {"vector": vector, "engine": engine_version()},
        ).one_or_none()
        if nearest is None or nearest.product < at_least * _FULL:
            return None
        return session.get(CanonicalRole, nearest.role_id)

    def _add_alias(self, session: Session, role: CanonicalRole, name: str, key: str) -> None:
        """Notes another name of the role, unless it is the role's own or known already."""
        if key == role.normal_form or session.get(RoleAlias, key) is not None:
            return
        count = session.scalar(select(func.count()).select_from(RoleAlias).where(RoleAlias.role_id == role.role_id))
        if (count or 0) >= MOST_ALIASES:
            return
        session.execute(
            upsert(RoleAlias)
            .values(normal_form=key, alias=name, role_id=role.role_id, create_time=self._clock())
            .on_conflict_do_nothing()
        )
        self._changed(session, [role.role_id])

    def _create(self, session: Session, name: str, key: str, vector: str) -> CanonicalRole:
        role_id: UUID | None = session.scalar(
            upsert(CanonicalRole)
            .values(
                role_id=new_id(),
                name=name,
                normal_form=key,
                state=ACTIVE,
                embedding=text("CAST(:vector AS halfvec)").bindparams(vector=vector),
                engine_version=engine_version(),
                create_time=self._clock(),
            )
            .on_conflict_do_nothing(index_elements=[CanonicalRole.normal_form])
            .returning(CanonicalRole.role_id)
        )
        if role_id is not None:
            outbox.add(session, "role.changed", {"role_id": str(role_id)}, tenant_id=None)
        return session.scalars(select(CanonicalRole).where(CanonicalRole.normal_form == key)).one()

    def _changed(self, session: Session, role_ids: Sequence[UUID]) -> None:
        session.execute(
            update(CanonicalRole).where(CanonicalRole.role_id.in_(role_ids)).values(version=CanonicalRole.version + 1)
        )
        for role_id in role_ids:
            outbox.add(session, "role.changed", {"role_id": str(role_id)}, tenant_id=None)

    def recount(self, caller: Caller, role_ids: Sequence[UUID]) -> None:
        """Counts the candidates of these roles anew; where a count changed, the scraper is told.

        Computed, never added to, so repeating it changes nothing.
        """
        with self._database.platform_transaction() as session:
            locked = session.execute(
                select(CanonicalRole.role_id, CanonicalRole.candidate_count)
                .where(CanonicalRole.role_id.in_(role_ids))
                .order_by(CanonicalRole.role_id)
                .with_for_update()
            ).all()
            linked = session.execute(
                select(CandidateRole.role_id, func.count().label("candidates"))
                .where(CandidateRole.role_id.in_(role_ids))
                .group_by(CandidateRole.role_id)
            )
            counted = {row.role_id: row.candidates for row in linked}
            changed = [role_id for role_id, count in locked if counted.get(role_id, 0) != count]
            for role_id in changed:
                session.execute(
                    update(CanonicalRole)
                    .where(CanonicalRole.role_id == role_id)
                    .values(candidate_count=counted.get(role_id, 0))
                )
            self._changed(session, changed)

    def link_candidate(self, session: Session, tenant_id: UUID, candidate_id: UUID, role_ids: Sequence[UUID]) -> None:
        """Part: makes the candidate's links exactly these roles, as a difference (P-47)."""
        own = (CandidateRole.tenant_id == tenant_id, CandidateRole.candidate_id == candidate_id)
        before = set(session.scalars(select(CandidateRole.role_id).where(*own)))
        after = set(role_ids)
        if before - after:
            session.execute(delete(CandidateRole).where(*own, CandidateRole.role_id.in_(before - after)))
        if after - before:
            now = self._clock()
            session.execute(
                upsert(CandidateRole).on_conflict_do_nothing(),
                [
                    {"tenant_id": tenant_id, "candidate_id": candidate_id, "role_id": role, "create_time": now}
                    for role in sorted(after - before)
                ],
            )
        if before != after:
            outbox.add(
                session,
                "role.links_changed",
                {"role_ids": sorted(str(role) for role in before ^ after)},
                tenant_id=tenant_id,
            )

    def link_postings_by_title(self, session: Session, postings: Sequence[tuple[UUID, str]]) -> None:
        """Part: links postings that were searched for no role to the role their title names, if one is near.

        Creates no role: a board's titles must not decide what is scraped (P-74).
        """
        if not postings:
            return
        vectors = embed_titles([title for _, title in postings])
        rows = [(posting, to_literal(vector)) for (posting, _), vector in zip(postings, vectors, strict=True)]
        bulk.copy_rows(session, "titles", (("posting_id", "uuid"), ("embedding", "halfvec")), rows)
        session.execute(
            text(
                "INSERT INTO posting_roles (posting_id, role_id, searched, link_time)"
                " SELECT t.posting_id, r.role_id, false, :now FROM titles t CROSS JOIN LATERAL ("
                "  SELECT role_id, -(embedding <#> t.embedding) AS product FROM canonical_roles"
                "  WHERE state = 'ACTIVE' AND engine_version = :engine"
                "  ORDER BY embedding <#> t.embedding, role_id LIMIT 1) r"
                " WHERE r.product >= :least"
                " AND NOT EXISTS (SELECT FROM posting_roles l WHERE l.posting_id = t.posting_id)"
                " ON CONFLICT DO NOTHING"
            ),
            {"now": self._clock(), "engine": engine_version(), "least": NAMED_AFTER * _FULL},
        )

    def _views(self, session: Session, roles: Sequence[CanonicalRole]) -> list[RoleView]:
        aliases: dict[UUID, list[str]] = {role.role_id: [] for role in roles}
        for role_id, alias in session.execute(
            select(RoleAlias.role_id, RoleAlias.alias)
            .where(RoleAlias.role_id.in_(aliases))
            .order_by(RoleAlias.create_time, RoleAlias.normal_form)
        ):
            aliases[role_id].append(alias)
        return [
            RoleView(
                role.role_id,
                role.name,
                tuple(aliases[role.role_id]),
                role.candidate_count,
                role.version,
                role.create_time,
            )
            for role in roles
        ]
