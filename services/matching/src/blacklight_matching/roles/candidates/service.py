"""Candidates who want or hold a role, inside the caller's tenant (spec 4.3.4; pain P-04)."""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import select
from sqlalchemy.orm import Session

from blacklight_matching.profiles.profile import Profile
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.models import CandidateRole, CanonicalRole


class RoleCandidates:
    """Reads the links of candidates to roles."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._database = database
        self._profiles = profiles

    def list_of(self, caller: Caller, role_id: UUID, *, page_size: int, page_token: str) -> tuple[list[Profile], str]:
        """The tenant's candidates of a role, latest made first; those of a merged role are those of the other.

        Raises NotFound (ROLE_NOT_FOUND).
        """
        page = PageRequest.of(
            page_size, page_token, {"rpc": "ListRoleCandidates", "tenant": caller.tenant, "role": role_id}
        )
        with self._database.transaction(caller.tenant) as session:
            statement = select(CandidateRole.candidate_id).where(
                CandidateRole.tenant_id == caller.tenant, CandidateRole.role_id == _standing(session, role_id)
            )
            if page.after is not None:
                statement = statement.where(CandidateRole.candidate_id < page.after[0])
            statement = statement.order_by(CandidateRole.candidate_id.desc()).limit(page.size + 1)
            ids, token = page.cut(session.scalars(statement).all(), key=lambda candidate_id: (candidate_id,))
            told = self._profiles.find_all(session, caller.tenant, ids)
            return [told[candidate_id] for candidate_id in ids if candidate_id in told], token


def _standing(session: Session, role_id: UUID) -> UUID:
    """The role itself, or the one that it went into."""
    role = session.get(CanonicalRole, role_id)
    if role is None:
        raise NotFound(f"role {role_id} not found", reason="ROLE_NOT_FOUND", field="role_id")
    return role.merged_into or role.role_id
