"""What happens when a candidate changes or goes.

Why no pair is missed when a candidate changes while postings arrive: either side becomes eligible by a commit of its
own (`embed` here, reading the posting there), and only a later transaction matches it against what is committed.
If this matching does not see a posting, the posting was committed after this candidate was, so the posting's own
matching, which comes later still, sees the candidate; and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database

from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.profiles.profile import Profile
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.service import Roles
from blacklight_matching.submissions.records.service import Submissions

POSTINGS_AT_ONCE = 5_000
LISTS_AT_ONCE = 200
"""Lists that are written in a transaction: well below a second, in which a tenant's other writers wait."""
WRITERS = 2
"""Such transactions at a time."""


class CandidateIntake:
    """Takes candidates in, matches them, and forgets them."""

    def __init__(
        self,
        database: Database,
        profiles: Profiles,
        roles: Roles,
        keeping: MatchKeeping,
        submissions: Submissions,
    ) -> None:
        self._database = database
        self._profiles = profiles
        self._roles = roles
        self._keeping = keeping
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
            self._keeping.forget_candidate(session, caller.tenant, candidate_id)
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
        """Scores the candidate against every open posting and stores the best; returns how many pairs."""
        return self.match_all(caller, [candidate_id])

    def match_all(self, caller: Caller, candidate_ids: Sequence[UUID]) -> int:
        """The same for several: what is stored then is what any order of changes would have led to.

        Suggestions that no longer hold are removed; judged pairs are scored anew and never removed (P-64). Nothing is
        locked while postings are read and scored; what comes in meanwhile stays. The postings are read once for all
        the candidates, so many at once are cheaper; about 100 kB of memory for each.
        """
        with self._database.transaction(caller.tenant) as session:
            start = self._keeping.prepare(session, caller.tenant, candidate_ids)
        with self._database.transaction(caller.tenant) as session:
            scored, best = self._keeping.score(session, caller.tenant, start, POSTINGS_AT_ONCE)
        count = len(start.bench.block.ids)
        parts = [range(first, min(first + LISTS_AT_ONCE, count)) for first in range(0, count, LISTS_AT_ONCE)]

        def replaced(rows: range) -> int:
            with self._database.transaction(caller.tenant) as session:
                return self._keeping.replace(session, caller.tenant, start, scored, best, rows)

        with ThreadPoolExecutor(WRITERS, "lists") as writers:
            return sum(writers.map(replaced, parts))
