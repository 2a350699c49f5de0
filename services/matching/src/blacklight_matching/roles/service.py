"""Canonical roles: finding the one a name means, creating it once, and who is linked to it.

Spec 6.7; pains P-47 to P-50, P-74, P-75; decision D-13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from blacklight_servicekit import bulk, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.ids import new_id
from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from blacklight_matching.halfvec import to_literal
from blacklight_matching.roles.choosing import RoleChooser
from blacklight_matching.roles.models import CandidateRole, CanonicalRole, RoleAlias
from blacklight_matching.roles.naming import clean_name, normal_form, plausible, written_name
from blacklight_matching.roles.occupation import occupation_of
from blacklight_matching.roles.sameness import same_specialty
from blacklight_matching.roles.view import LIVE, PENDING, RoleView
from blacklight_matching.vectors import VECTOR_SCALE, embed_titles, engine_version

SAME_ROLE = 0.85
"""Cosine from which two names mean one role (spec 6.7)."""
SAME_OCCUPATION_ROLE = 0.80
"""Cosine from which two names of one occupation, where both are sure to be of it, mean one role."""
WORTH_ASKING = 0.60
"""Cosine from which a language model is asked whether two names mean one role."""
NAMED_AFTER = 0.75
"""Cosine from which a posting's title is of a role (spec 6.7)."""
MOST_ALIASES = 50

_CREATE_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('matching.role'))")
_LINK = text("SELECT pg_advisory_xact_lock_shared(hashtext('matching.role_links'))")
"""Taken by whoever links; merging takes it for itself alone, so that no link goes to a role that is just going."""
_NEAR = 5
"""How many of the nearest roles are looked at."""
_FULL = VECTOR_SCALE * VECTOR_SCALE

_FIND_NEAR = text(
    "SELECT role_id, name, occupation_code, -(embedding <#> CAST(:vector AS halfvec)) AS product"
    " FROM canonical_roles WHERE state = ANY(:live) AND engine_version = :engine"
    f" ORDER BY embedding <#> CAST(:vector AS halfvec), role_id LIMIT {_NEAR}"
)
_NEAR_TITLES = text(
    "SELECT t.posting_id, r.role_id, r.name FROM titles t CROSS JOIN LATERAL ("
    " SELECT role_id, name, embedding <#> t.embedding AS away FROM canonical_roles"
    " WHERE state = ANY(:live) AND engine_version = :engine"
    f" ORDER BY embedding <#> t.embedding, role_id LIMIT {_NEAR}) r"
    " WHERE -r.away >= :least AND NOT EXISTS (SELECT FROM posting_roles l WHERE l.posting_id = t.posting_id)"
    " ORDER BY t.posting_id, r.away, r.role_id"
)
_NAMED = text(
    "SELECT r.normal_form, r.role_id FROM canonical_roles r WHERE r.normal_form = ANY(:keys) AND r.state = ANY(:live)"
    " UNION ALL SELECT a.normal_form, a.role_id FROM role_aliases a JOIN canonical_roles r USING (role_id)"
    " WHERE a.normal_form = ANY(:keys) AND r.state = ANY(:live)"
)
_LINK_TITLES = text(
    "INSERT INTO posting_roles (posting_id, role_id, tenant_id, searched, link_time)"
    " SELECT t.posting_id, t.role_id, p.tenant_id, false, :now"
    " FROM unnest(CAST(:postings AS uuid[]), CAST(:roles AS uuid[])) AS t (posting_id, role_id)"
    " JOIN postings p ON p.posting_id = t.posting_id"
    " WHERE NOT EXISTS (SELECT FROM posting_roles l WHERE l.posting_id = t.posting_id) ON CONFLICT DO NOTHING"
)


class Roles:
    """Reads and writes canonical roles; they are the platform's, so it works as the platform."""

    def __init__(self, database: Database, clock: Clock, chooser: RoleChooser | None = None) -> None:
        self._database = database
        self._clock = clock
        self._chooser = chooser

    def get_role(self, caller: Caller, role_id: UUID) -> RoleView:
        """Reads one role. Raises NotFound."""
        with self._database.platform_transaction() as session:
            role = session.get(CanonicalRole, role_id)
            if role is None:
                raise NotFound(f"role {role_id} not found", reason="ROLE_NOT_FOUND", field="role_id")
            return self.views(session, [role])[0]

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
        with self._database.platform_transaction() as session:
            known = self._find_by_name(session, key)
            if known is not None:
                return self._led_to(session, known, raw)
        # Outside of any transaction: what the name is like takes a while.
        vector, occupation = to_literal(embed_titles([name])[0]), occupation_of(name)
        chosen = self._choose(name, vector)
        with self._database.platform_transaction() as session:
            # One creation at a time: of two near names that arrive together the second finds the first.
            self.lock_names(session)
            known = self._find_by_name(session, key) or self._find_near(session, name, vector, occupation)
            if known is None and chosen is not None:
                known = self._find_by_name(session, chosen)
            if known is None:
                known = self._create(session, name, key, vector, occupation)
            self.add_alias(session, known, name, key)
            return self._led_to(session, known, raw)

    def _choose(self, name: str, vector: str) -> str | None:
        """The normal form of the role that the language model takes the name for, where there is one to ask."""
        if self._chooser is None:
            return None
        with self._database.platform_transaction() as session:
            near = [row for row in self._nearest(session, vector) if row.product >= WORTH_ASKING * _FULL]
        if any(row.product >= SAME_ROLE * _FULL and same_specialty(name, row.name) for row in near):
            return None
        number = self._chooser.choose(name, [row.name for row in near])
        return None if number is None else normal_form(near[number].name)

    def _nearest(self, session: Session, vector: str) -> Sequence[Row[Any]]:
        return session.execute(_FIND_NEAR, {"vector": vector, "engine": engine_version(), "live": list(LIVE)}).all()

    def _led_to(self, session: Session, known: CanonicalRole, raw: str) -> UUID | None:
        """The role, which is searched for under the written name as well; None where it leads nowhere any more."""
        written = written_name(raw)
        if plausible(written):
            self.add_alias(session, known, written, normal_form(written))
        return known.role_id if known.state in LIVE else None

    def _find_by_name(self, session: Session, key: str) -> CanonicalRole | None:
        exact = session.scalars(select(CanonicalRole).where(CanonicalRole.normal_form == key)).one_or_none()
        if exact is None:
            alias = select(RoleAlias.role_id).where(RoleAlias.normal_form == key).scalar_subquery()
            exact = session.scalars(select(CanonicalRole).where(CanonicalRole.role_id == alias)).one_or_none()
        while exact is not None and exact.merged_into is not None:
            exact = session.get(CanonicalRole, exact.merged_into)
        return exact

    def _find_near(self, session: Session, name: str, vector: str, occupation: str) -> CanonicalRole | None:
        """The nearest live role that the name may mean, by exact search (P-75); rejected ones attract no names.

        A name that is sure to be of the role's occupation needs to be less near.
        """
        for row in self._nearest(session, vector):
            alike = occupation and occupation == row.occupation_code
            at_least = min(SAME_ROLE, SAME_OCCUPATION_ROLE) if alike else SAME_ROLE
            if row.product >= at_least * _FULL and same_specialty(name, row.name):
                return session.get(CanonicalRole, row.role_id)
        return None

    def lock_names(self, session: Session) -> None:
        """Part: one writer of names at a time; who comes second sees what the first wrote.

        Whoever locks roles as well takes this lock before.
        """
        session.execute(_CREATE_LOCK)

    def add_alias(self, session: Session, role: CanonicalRole, name: str, key: str) -> bool:
        """Part: notes another name of the role; says whether it did.

        It does not where the name is taken, by this role or by another, or where the role has 50 already.
        """
        if key == role.normal_form or session.get(RoleAlias, key) is not None:
            return False
        self.lock_names(session)
        if self._is_named(session, role, key) or self.is_full(session, role):
            return False
        added = session.execute(
            upsert(RoleAlias)
            .values(normal_form=key, alias=name, role_id=role.role_id, create_time=self._clock())
            .on_conflict_do_nothing()
            .returning(RoleAlias.normal_form)
        ).all()
        if added:
            self.changed(session, [role.role_id])
            self.named(session, role.role_id)
        return bool(added)

    def is_full(self, session: Session, role: CanonicalRole) -> bool:
        """Part: whether the role has as many other names as it may have."""
        count = session.scalar(select(func.count()).select_from(RoleAlias).where(RoleAlias.role_id == role.role_id))
        return (count or 0) >= MOST_ALIASES

    def _is_named(self, session: Session, role: CanonicalRole, key: str) -> bool:
        """Whether it is the name of a role; those that went into this one are no others."""
        other = CanonicalRole.merged_into.is_distinct_from(role.role_id)
        return session.scalar(select(CanonicalRole.role_id).where(CanonicalRole.normal_form == key, other)) is not None

    def _create(self, session: Session, name: str, key: str, vector: str, occupation: str) -> CanonicalRole:
        role_id: UUID | None = session.scalar(
            upsert(CanonicalRole)
            .values(
                role_id=new_id(),
                name=name,
                normal_form=key,
                state=PENDING,
                occupation_code=occupation,
                embedding=text("CAST(:vector AS halfvec)").bindparams(vector=vector),
                engine_version=engine_version(),
                create_time=self._clock(),
            )
            .on_conflict_do_nothing(index_elements=[CanonicalRole.normal_form])
            .returning(CanonicalRole.role_id)
        )
        if role_id is not None:
            outbox.add(session, "role.changed", {"role_id": str(role_id)}, tenant_id=None)
            self.named(session, role_id)
        return session.scalars(select(CanonicalRole).where(CanonicalRole.normal_form == key)).one()

    def named(self, session: Session, role_id: UUID) -> None:
        """Part: has the postings linked that were read before the role had its name, or was a role again."""
        outbox.add(session, "role.named", {"role_id": str(role_id)}, tenant_id=None)

    def changed(self, session: Session, role_ids: Sequence[UUID]) -> None:
        """Part: gives the roles a new version and has the scraper told."""
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
            self.count_candidates(session, role_ids)

    def count_candidates(self, session: Session, role_ids: Sequence[UUID]) -> None:
        """Part: the same, in the caller's transaction."""
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
        self.changed(session, changed)

    def link_candidate(self, session: Session, tenant_id: UUID, candidate_id: UUID, role_ids: Sequence[UUID]) -> None:
        """Part: makes the candidate's links exactly these roles, as a difference (P-47)."""
        own = (CandidateRole.tenant_id == tenant_id, CandidateRole.candidate_id == candidate_id)
        before = set(session.scalars(select(CandidateRole.role_id).where(*own)))
        after = self._present(session, role_ids)
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
        """Part: links postings that were searched for no role to the role of the title's name, or else a near one.

        Creates no role: a board's titles must not decide what is scraped (P-74).
        """
        if not postings:
            return
        session.execute(_LINK)
        titles = dict(postings)
        links = self._named_by(session, titles)
        others = [posting_id for posting_id in titles if posting_id not in links]
        vectors = embed_titles([titles[posting_id] for posting_id in others])
        rows = [(posting_id, to_literal(vector)) for posting_id, vector in zip(others, vectors, strict=True)]
        bulk.copy_rows(session, "titles", (("posting_id", "uuid"), ("embedding", "halfvec")), rows)
        facts = {"engine": engine_version(), "least": NAMED_AFTER * _FULL, "live": list(LIVE)}
        for posting_id, role_id, name in session.execute(_NEAR_TITLES, facts):
            if posting_id not in links and same_specialty(titles[posting_id], name):
                links[posting_id] = role_id
        if links:
            session.execute(
                _LINK_TITLES,
                {"postings": list(links), "roles": list(links.values()), "now": self._clock()},
            )

    def _named_by(self, session: Session, titles: dict[UUID, str]) -> dict[UUID, UUID]:
        """The live role that has a title for a name or an alias, by posting."""
        keys = {posting_id: normal_form(clean_name(title)) for posting_id, title in titles.items()}
        told = {"keys": list(set(keys.values())), "live": list(LIVE)}
        named = {row.normal_form: row.role_id for row in session.execute(_NAMED, told)}
        return {posting_id: named[key] for posting_id, key in keys.items() if key in named}

    def _present(self, session: Session, role_ids: Sequence[UUID]) -> set[UUID]:
        """The roles, each by the one it went into meanwhile; none goes before this transaction ends."""
        session.execute(_LINK)
        present = select(func.coalesce(CanonicalRole.merged_into, CanonicalRole.role_id))
        return set(session.scalars(present.where(CanonicalRole.role_id.in_(role_ids))))

    def views(self, session: Session, roles: Sequence[CanonicalRole]) -> list[RoleView]:
        """Part: roles as others see them."""
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
                role.state,
                role.merged_into,
                role.reject_reason,
                role.occupation_code,
                role.decision_version,
            )
            for role in roles
        ]
