"""Runs that score pairs again: of every tenant (RESCORE), or of one (MATCH_REFRESH).

Page by page, each page's candidates in ordinary transactions of their tenant; repeating a page changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database

from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.profiles.embedding.service import ProfileVectors
from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.view import COMPLETED, MATCH_REFRESH, RESCORE, RunView

CANDIDATES_A_PAGE = 500
"""The postings are read once a page; about 50 MB of memory."""


class Rescoring:
    """Starts and works the runs of the kinds RESCORE and MATCH_REFRESH."""

    def __init__(self, database: Database, runs: Runs, profiles: ProfileVectors, candidates: CandidateIntake) -> None:
        self._database = database
        self._runs = runs
        self._profiles = profiles
        self._candidates = candidates

    def start(self, caller: Caller) -> RunView:
        """Scores every tenant's pairs again, as after a change of the scorer; or answers the run that does.

        Raises FailedPrecondition (RUN_PAUSED).
        """
        total = sum(self._profiles.count())
        with self._database.platform_transaction() as session:
            run_id = self._runs.start(session, caller, RESCORE, task={}, total=total)
        return self._runs.get(caller, run_id)

    def refresh(self, caller: Caller) -> RunView:
        """Scores the pairs of the caller's tenant again; or answers the run that does. Raises as `start`."""
        total = sum(self._profiles.count(caller.tenant))
        with self._database.transaction(caller.tenant) as session:
            run_id = self._runs.start(session, caller, MATCH_REFRESH, task={}, total=total, tenant_id=caller.tenant)
        return self._runs.get(caller, run_id)

    def refresh_all(self, due: datetime) -> list[UUID]:
        """Starts the refresh of every tenant of which none was begun since it was due; returns the runs.

        However many workers ask, each tenant has one: they ask for a tenant in turn. One that was paused and not
        resumed until now is ended.
        """
        started = []
        for tenant_id in self._profiles.select_tenants():
            caller = Caller.service("matching", tenant_id)
            total = sum(self._profiles.count(tenant_id))
            with self._database.transaction(tenant_id) as session:
                if not self._runs.was_begun(session, MATCH_REFRESH, tenant_id, due):
                    self._runs.overtake(session, caller, MATCH_REFRESH, tenant_id)
                    started.append(
                        self._runs.start(session, caller, MATCH_REFRESH, task={}, total=total, tenant_id=tenant_id)
                    )
        return started

    def work_page(self, run: RunView) -> None:
        """Scores the next candidates of one tenant; after the last ones the run is complete."""
        told = run.position.get("after")
        after = (UUID(told[0]), UUID(told[1])) if told else None
        page = self._profiles.next_page(after, size=CANDIDATES_A_PAGE, tenant_id=run.tenant_id)
        if page is not None:
            self._candidates.match_all(Caller.service("matching", page[0]), page[1])
        with self._database.platform_transaction() as session:
            if page is None:
                self._runs.finish(session, run.run_id, COMPLETED)
            else:
                self._runs.advance(session, run, {"after": [str(page[0]), str(page[1][-1])]}, done=len(page[1]))
