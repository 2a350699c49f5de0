"""What happens when postings arrive: they are read in pages, then matched against every tenant's candidates.

See `intake/candidate/service.py` for why no pair is missed. A posting leaves the queue only after its matches are
committed in every tenant, and only with the ticket it was taken with: one that came again meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database

from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.postings.reading.pace import Pace
from blacklight_matching.postings.reading.service import PostingReader
from blacklight_matching.profiles.service import Profiles


class PostingIntake:
    """Reads waiting postings and matches those that were read."""

    def __init__(
        self,
        database: Database,
        reader: PostingReader,
        profiles: Profiles,
        keeping: MatchKeeping,
    ) -> None:
        self._database = database
        self._reader = reader
        self._profiles = profiles
        self._keeping = keeping
        self._pace = Pace()

    def must_rest(self, caller: Caller, now: float) -> bool:
        """Whether reading gives way just now to postings that pour in; ask again after `LOOK_SECONDS`."""
        return self._pace.rests(self._reader.last_ticket(), now)

    @property
    def page(self) -> int:
        """How many postings are read at a time, as things stand."""
        return self._pace.page

    def take_waiting(self, caller: Caller, goes_on: Callable[[], bool]) -> bool:
        """Reads page after page, and matches each while the next is read, until none waits; True when more may wait.

        One page ahead at most: what comes in while a page is matched is one page then. What an interrupted call left
        read is matched first.

        Args:
            goes_on: asked before each page.
        """
        with ThreadPoolExecutor(1, "match-read") as beside:
            matching = beside.submit(self.match_read, caller)
            while goes_on():
                taken = self.read_waiting(caller)
                if not matching.result() and not taken:
                    return False
                matching = beside.submit(self.match_read, caller)
            matching.result()
            return True

    def read_waiting(self, caller: Caller) -> int:
        """Reads one page of waiting postings; returns how many it took, `page` of them when more may wait."""
        return self._reader.read_waiting(self.page)

    def match_read(self, caller: Caller) -> int:
        """Matches every posting that is read and not yet matched, tenant by tenant; returns how many postings.

        One ordinary transaction a tenant; a crash in between repeats tenants, which changes nothing.
        """
        tickets = self._reader.find_read()
        if not tickets:
            return 0
        with self._database.platform_transaction() as session:
            tenants = self._profiles.select_tenants(session)
        for tenant_id in tenants:
            self.match_tenant(Caller.service("matching", tenant_id), sorted(tickets))
        self._reader.settle(tickets)
        return len(tickets)

    def match_tenant(self, caller: Caller, posting_ids: Sequence[UUID]) -> int:
        """Matches these postings against everyone of a tenant who takes part; returns how many pairs."""
        with self._database.transaction(caller.tenant) as session:
            return self._keeping.match_postings(session, caller.tenant, posting_ids)
