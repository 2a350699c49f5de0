"""What happens when a candidate changes or goes.

Why no pair is missed when a candidate changes while postings arrive: either side becomes eligible by a commit of its
own (`embed` here, reading the posting there), and only a later transaction matches it against what is committed.
If this matching does not see a posting, the posting was committed after this candidate was, so the posting's own
matching, which comes later still, sees the candidate; and the other way round.
"""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from sqlalchemy.orm import Session

from blacklight_matching.blocks import ProfileBlock
from blacklight_matching.matches.pairs import Pair, ScoredPair, best_of, pairs_worth_storing
from blacklight_matching.matches.service import MOST_MATCHES, Matches
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.profile import Profile
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.service import Roles
from blacklight_matching.submissions.records.service import Submissions

POSTINGS_AT_ONCE = 5_000


class CandidateIntake:
    """Takes candidates in, matches them, and forgets them."""

    def __init__(
        self,
        database: Database,
        profiles: Profiles,
        postings: Postings,
        roles: Roles,
        matches: Matches,
        submissions: Submissions,
    ) -> None:
        self._database = database
        self._profiles = profiles
        self._postings = postings
        self._roles = roles
        self._matches = matches
        self._submissions = submissions

    def put(self, caller: Caller, profile: Profile) -> bool:
        """Stores a profile and has it matched; False when a newer version, or its deletion, is known."""
        with self._database.transaction(caller.tenant) as session:
            stored = self._profiles.store(session, caller.tenant, profile)
            if stored:
                outbox.add(
                    session,
                    "profile.stored",
                    {"candidate_id": str(profile.candidate_id), "version": profile.version},
                    tenant_id=caller.tenant,
                )
            return stored

    def forget(self, caller: Caller, candidate_id: UUID) -> None:
        """Deletes profile, role links and matches, and the name from submissions, which stay; absent is a success."""
        with self._database.transaction(caller.tenant) as session:
            # The profile first: that waits for scores being written, which are then deleted with the others.
            self._profiles.forget(session, caller.tenant, candidate_id)
            self._matches.forget_candidate(session, caller.tenant, candidate_id)
            self._roles.link_candidate(session, caller.tenant, candidate_id, [])
            self._submissions.forget_candidate(session, caller.tenant, candidate_id)

    def normalise_roles(self, caller: Caller, candidate_id: UUID) -> None:
        """Links the candidate to the canonical roles that its role names mean; none while it takes no part."""
        with self._database.transaction(caller.tenant) as session:
            profile = self._profiles.find(session, caller.tenant, candidate_id)
        if profile is None:
            return
        role_ids = self._roles.resolve_names(caller, profile.role_names) if profile.matchable else []
        with self._database.transaction(caller.tenant) as session:
            if self._profiles.find(session, caller.tenant, candidate_id) is not None:
                self._roles.link_candidate(session, caller.tenant, candidate_id, role_ids)

    def embed(self, caller: Caller, candidate_id: UUID) -> None:
        """Makes the candidate's vector where its text changed; from this commit on it takes part."""
        with self._database.transaction(caller.tenant) as session:
            profile = self._profiles.find(session, caller.tenant, candidate_id)
            if profile is not None:
                self._profiles.embed(session, caller.tenant, profile)

    def match(self, caller: Caller, candidate_id: UUID) -> int:
        """Scores the candidate against every open posting and stores the best; returns how many pairs.

        Suggestions that no longer hold are removed; judged pairs are scored anew and never removed (P-64).
        """
        with self._database.transaction(caller.tenant) as session:
            everyone = self._profiles.block(session, caller.tenant, [candidate_id], all_states=True)
            if not everyone.ids:
                return 0
            takes_part = self._profiles.takes_part(session, caller.tenant, candidate_id)
            judged = self._matches.judged_pairs(session, caller.tenant, candidate_id=candidate_id)
            pairs = self._judged(session, caller.tenant, everyone, judged)
            if takes_part:
                pairs += self._best(session, caller.tenant, everyone, judged)
            written = self._matches.keep_scores(session, caller.tenant, pairs)
            self._matches.drop_outdated_of_candidate(
                session, caller.tenant, candidate_id, everyone.hashes[0] if takes_part else None
            )
            return written

    def _best(self, session: Session, tenant_id: UUID, profile: ProfileBlock, judged: set[Pair]) -> list[ScoredPair]:
        best: list[ScoredPair] = []
        for block in self._postings.blocks(session, tenant_id, POSTINGS_AT_ONCE):
            found = pairs_worth_storing(profile, block, frozenset(), MOST_MATCHES)
            best = best_of([*best, *found], MOST_MATCHES)
        return [pair for pair in best if (pair.candidate_id, pair.posting_id) not in judged]

    def _judged(self, session: Session, tenant_id: UUID, profile: ProfileBlock, judged: set[Pair]) -> list[ScoredPair]:
        postings = [posting_id for _, posting_id in judged]
        if not postings:
            return []
        block = self._postings.block(session, tenant_id, postings, all_states=True)
        return [
            pair
            for pair in pairs_worth_storing(profile, block, judged, MOST_MATCHES)
            if (pair.candidate_id, pair.posting_id) in judged
        ]
