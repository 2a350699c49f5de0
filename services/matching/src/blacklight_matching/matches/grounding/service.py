"""Both sides of pairs as they are now: what a score and its explanation rest on, and what excludes a pair."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from blacklight_servicekit.errors import NotFound, Unavailable
from sqlalchemy.orm import Session

from blacklight_matching.matches.evidence import Grounds
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.scoring import Blocker, blockers

Pair = tuple[UUID, UUID]
"""Candidate and posting."""


class Grounding:
    """Reads both sides of pairs."""

    def __init__(self, profiles: Profiles, postings: Postings) -> None:
        self._profiles = profiles
        self._postings = postings

    def find(self, session: Session, tenant_id: UUID, candidate_id: UUID, posting_id: UUID) -> Grounds:
        """Part: everything that the score of a pair and its explanation rest on.

        Raises NotFound (CANDIDATE_NOT_FOUND, POSTING_NOT_FOUND); Unavailable (CANDIDATE_NOT_KNOWN_YET,
        CANDIDATE_NOT_READY, POSTING_NOT_READ).
        """
        profile = self._profiles.find(session, tenant_id, candidate_id)
        if profile is None:
            raise self._profiles.unknown(session, tenant_id, candidate_id)
        people = self._profiles.block(session, tenant_id, [candidate_id], all_states=True)
        said = self._postings.find_grounds(session, tenant_id, posting_id)
        postings = self._postings.block(session, tenant_id, [posting_id], all_states=True)
        if said is None or not postings.ids:
            if self._postings.is_known(session, tenant_id, posting_id):
                raise Unavailable("the posting is being read; try again shortly", reason="POSTING_NOT_READ")
            raise NotFound(f"posting {posting_id} not found", reason="POSTING_NOT_FOUND", field="posting_id")
        if not people.ids:
            raise Unavailable("the candidate is being read; try again shortly", reason="CANDIDATE_NOT_READY")
        return Grounds(profile, people.sides[0], said, postings.sides[0])

    def blocked(self, session: Session, tenant_id: UUID, pairs: Collection[Pair]) -> dict[Pair, tuple[Blocker, ...]]:
        """Part: what excludes each (candidate, posting) by now; those that are gone are left out."""
        if not pairs:
            return {}
        candidate_ids, posting_ids = ([pair[n] for pair in pairs] for n in (0, 1))
        people = self._profiles.block(session, tenant_id, candidate_ids, all_states=True)
        postings = self._postings.block(session, tenant_id, posting_ids, all_states=True)
        taken = {one: side.work for one, side in zip(people.ids, people.sides, strict=True)}
        offered = {one: side.work for one, side in zip(postings.ids, postings.sides, strict=True)}
        return {
            (one, other): blockers(taken[one], offered[other])
            for one, other in pairs
            if one in taken and other in offered
        }
