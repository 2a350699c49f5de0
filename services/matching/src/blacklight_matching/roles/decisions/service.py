"""Decisions of administrators on roles: approve, reject, merge, name. Each is one transaction and is audited.

Spec 3.12, 6.7; pains P-48, P-74; decision D-13.
"""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.etag import check_etag
from sqlalchemy import Select, delete, select, text
from sqlalchemy.orm import Session

from blacklight_matching.roles.decisions import sql
from blacklight_matching.roles.decisions.refusals import (
    ImplausibleName,
    MergeIntoItself,
    NameTaken,
    RoleMerged,
    RoleNotLive,
    TooManyAliases,
)
from blacklight_matching.roles.models import CanonicalRole, RoleAlias
from blacklight_matching.roles.naming import normal_form, plausible
from blacklight_matching.roles.occupation import occupation_of
from blacklight_matching.roles.service import MOST_ALIASES, Roles
from blacklight_matching.roles.view import APPROVED, LIVE, MERGED, REJECTED, RoleView, role_etag
from blacklight_matching.vectors import embed_titles, engine_version


class RoleDecisions:
    """What administrators of the platform decide; the scraper is told and heeds each decision once."""

    def __init__(self, database: Database, clock: Clock, roles: Roles) -> None:
        self._database = database
        self._clock = clock
        self._roles = roles

    def approve(self, caller: Caller, role_id: UUID, *, etag: str) -> RoleView:
        """Says that it is a role; lifts a rejection. Raises NotFound, Conflict (etag), RoleMerged."""
        with self._database.platform_transaction() as session:
            role = self._locked(session, role_id, etag)
            if role.state != APPROVED:
                role.reject_reason = ""
                self._decide(session, caller, role, APPROVED)
            return self._view(session, role)

    def reject(self, caller: Caller, role_id: UUID, *, reason: str, etag: str) -> RoleView:
        """Makes it a tombstone; its links stay. Raises NotFound, Conflict (etag), RoleMerged."""
        with self._database.platform_transaction() as session:
            role = self._locked(session, role_id, etag)
            if role.state != REJECTED or role.reject_reason != reason:
                role.reject_reason = reason
                self._decide(session, caller, role, REJECTED)
            return self._view(session, role)

    def merge(self, caller: Caller, role_id: UUID, into: UUID, *, etag: str) -> RoleView:
        """Moves links, names and a standing approval to the other role, which is answered; nothing is lost (P-48).

        Merging again into the same role changes nothing. Raises NotFound, Conflict (etag), MergeIntoItself,
        RoleMerged, RoleNotLive.
        """
        if role_id == into:
            raise MergeIntoItself
        with self._database.platform_transaction() as session:
            self._roles.lock_names(session)
            session.execute(text(sql.LOCK))
            found = {role.role_id: role for role in session.scalars(_select_locked(role_id, into))}
            role, other = _present(found.get(role_id), role_id), _present(found.get(into), into)
            if role.merged_into == into:
                return self._view(session, other)
            check_etag(etag, role_etag(role_id, role.version))
            if role.state == MERGED:
                raise RoleMerged
            if other.state not in LIVE:
                raise RoleNotLive
            self._merge(session, caller, role, other)
            return self._view(session, other)

    def rename(self, caller: Caller, role_id: UUID, name: str, *, etag: str) -> RoleView:
        """Gives a role another name; the old one becomes an alias.

        Raises NotFound, Conflict (etag), RoleMerged, ImplausibleName, NameTaken, TooManyAliases.
        """
        key = _checked(name, "name")
        with self._database.platform_transaction() as session:
            self._roles.lock_names(session)
            role = self._locked(session, role_id, etag)
            if role.name != name:
                self._check_free(session, key, role, "name")
                session.execute(delete(RoleAlias).where(RoleAlias.normal_form == key))
                old, old_key = role.name, role.normal_form
                role.name, role.normal_form, role.occupation_code = name, key, occupation_of(name)
                role.embedding, role.engine_version = embed_titles([name])[0], engine_version()
                session.flush()
                if old_key != key:
                    self._add_alias(session, role, old, old_key)
                self._told(session, caller, role, "role.renamed")
            return self._view(session, role)

    def add_alias(self, caller: Caller, role_id: UUID, alias: str) -> RoleView:
        """Adds another name; one it has already changes nothing.

        Raises NotFound, RoleMerged, ImplausibleName, NameTaken, TooManyAliases.
        """
        key = _checked(alias, "alias")
        with self._database.platform_transaction() as session:
            self._roles.lock_names(session)
            role = self._locked(session, role_id, "")
            self._check_free(session, key, role, "alias")
            if key != role.normal_form and session.get(RoleAlias, key) is None:
                self._add_alias(session, role, alias, key)
                audit.record(session, caller, "role.alias_added", role_id)
            return self._view(session, role)

    def remove_alias(self, caller: Caller, role_id: UUID, alias: str) -> RoleView:
        """Takes a name off; an absent one changes nothing. Raises NotFound, RoleMerged."""
        with self._database.platform_transaction() as session:
            role = self._locked(session, role_id, "")
            own = (RoleAlias.role_id == role_id, RoleAlias.normal_form == normal_form(alias))
            if session.scalars(delete(RoleAlias).where(*own).returning(RoleAlias.role_id)).all():
                self._told(session, caller, role, "role.alias_removed")
            return self._view(session, role)

    def _add_alias(self, session: Session, role: CanonicalRole, name: str, key: str) -> None:
        """Adds a name that is free. Raises TooManyAliases."""
        if not self._roles.add_alias(session, role, name, key):
            raise TooManyAliases(MOST_ALIASES)

    def _merge(self, session: Session, caller: Caller, role: CanonicalRole, other: CanonicalRole) -> None:
        for statement in sql.MOVE:
            session.execute(text(statement), {"role_id": role.role_id, "into": other.role_id})
        role.merged_into = other.role_id
        self._roles.add_alias(session, other, role.name, role.normal_form)
        if role.state == APPROVED and other.state != APPROVED:
            self._decide(session, caller, other, APPROVED)
        self._decide(session, caller, role, MERGED)
        self._roles.count_candidates(session, [role.role_id, other.role_id])

    def _decide(self, session: Session, caller: Caller, role: CanonicalRole, state: str) -> None:
        role.state = state
        role.decision_version += 1
        self._told(session, caller, role, f"role.{state.lower()}")

    def _told(self, session: Session, caller: Caller, role: CanonicalRole, action: str) -> None:
        session.flush()
        self._roles.changed(session, [role.role_id])
        self._roles.named(session, role.role_id)
        audit.record(session, caller, action, role.role_id)

    def _locked(self, session: Session, role_id: UUID, etag: str) -> CanonicalRole:
        role = _present(session.scalars(_select_locked(role_id)).one_or_none(), role_id)
        check_etag(etag, role_etag(role_id, role.version))
        if role.state == MERGED:
            raise RoleMerged
        return role

    def _check_free(self, session: Session, key: str, role: CanonicalRole, field: str) -> None:
        named = select(CanonicalRole.role_id).where(CanonicalRole.normal_form == key)
        aliased = select(RoleAlias.role_id).where(RoleAlias.normal_form == key)
        for owner in session.scalars(named.union(aliased)):
            if owner != role.role_id:
                raise NameTaken(field, str(owner))

    def _view(self, session: Session, role: CanonicalRole) -> RoleView:
        session.flush()
        session.refresh(role)
        return self._roles.views(session, [role])[0]


def _select_locked(*role_ids: UUID) -> Select[CanonicalRole]:
    ids = CanonicalRole.role_id.in_(role_ids)
    return select(CanonicalRole).where(ids).order_by(CanonicalRole.role_id).with_for_update(key_share=True)


def _present(role: CanonicalRole | None, role_id: UUID) -> CanonicalRole:
    if role is None:
        raise NotFound(f"role {role_id} not found", reason="ROLE_NOT_FOUND", field="role_id")
    return role


def _checked(name: str, field: str) -> str:
    if not plausible(name):
        raise ImplausibleName(field)
    return normal_form(name)
