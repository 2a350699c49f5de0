"""Runs that keep vectors up: roles, then candidates of every tenant, then postings, page by page.

Postings are queued and read like new ones; the run waits until those it queued are read and matched.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database

from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.postings.reading.upkeep.service import ReadingUpkeep
from blacklight_matching.profiles.embedding.service import ProfileVectors
from blacklight_matching.roles.embedding.service import RoleVectors
from blacklight_matching.runs.embedding.counts import Coverage, EmbeddingTask
from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.view import COMPLETED, EMBEDDING_MAINTENANCE, RunView

ROLES, CANDIDATES, POSTINGS = "ROLES", "CANDIDATES", "POSTINGS"
ORDER = (ROLES, CANDIDATES, POSTINGS)
_PAGES = {ROLES: 500, CANDIDATES: 50, POSTINGS: 500}
_SETTLING = "SETTLING"


class EmbeddingMaintenance:
    """Starts and works the runs of the kind EMBEDDING_MAINTENANCE, and counts what vectors cover."""

    def __init__(
        self,
        database: Database,
        runs: Runs,
        roles: RoleVectors,
        profiles: ProfileVectors,
        postings: ReadingUpkeep,
        candidates: CandidateIntake,
    ) -> None:
        self._database = database
        self._runs = runs
        self._roles = roles
        self._profiles = profiles
        self._postings = postings
        self._candidates = candidates

    def start(self, caller: Caller, task: EmbeddingTask) -> RunView:
        """Begins a run, or answers the one that does the same.

        Raises FailedPrecondition (RUN_PAUSED; RUN_OF_OTHER_TASK).
        """
        kinds = [kind for kind in ORDER if kind in task.kinds] or list(ORDER)
        total = len(task.ids) or sum(_size(self._coverage(kind)) for kind in kinds)
        told = {"kinds": kinds, "ids": list(task.ids), "everything": task.everything}
        with self._database.platform_transaction() as session:
            run_id = self._runs.start(session, caller, EMBEDDING_MAINTENANCE, task=told, total=total)
        return self._runs.get(caller, run_id)

    def coverage(self, caller: Caller) -> dict[str, Coverage]:
        """How well vectors cover each kind; counts only, no vector is loaded (P-101)."""
        return {kind: self._coverage(kind) for kind in ORDER}

    def work_page(self, run: RunView) -> None:
        """Does the next page of the kind at hand, or goes on to the next kind."""
        kinds = run.task["kinds"]
        kind = run.position.get("kind", kinds[0])
        if kind == _SETTLING:
            self._settle(run)
        elif kind == CANDIDATES:
            self._work_candidates(run)
        else:
            self._work_shared(run, kind)

    def _work_shared(self, run: RunView, kind: str) -> None:
        """Roles and postings, which belong to no tenant, in one transaction with their count."""
        after = UUID(run.position["after"]) if run.position.get("after") else None
        asked: dict[str, Any] = {"after": after, "ids": _ids(run), "everything": run.task["everything"]}
        with self._database.platform_transaction() as session:
            if kind == ROLES:
                seen = self._roles.embed_page(session, size=_PAGES[kind], **asked)
            else:
                seen, _ = self._postings.queue_stale(session, size=_PAGES[kind], **asked)
            here = self._next(run, kind)
            if seen:
                here = {"kind": kind, "after": str(seen[-1])}
            if here["kind"] == _SETTLING:
                here["ticket"] = self._postings.last_ticket(session)
            self._runs.advance(session, run, here, done=len(seen))

    def _work_candidates(self, run: RunView) -> None:
        """One tenant's page, inside its walls; who has a new vector is matched anew."""
        told = run.position.get("after")
        after = (UUID(told[0]), UUID(told[1])) if told else None
        page = self._profiles.next_page(after, size=_PAGES[CANDIDATES], ids=_ids(run))
        if page is not None:
            caller = Caller.service("matching", page[0])
            with self._database.transaction(page[0]) as session:
                made = self._profiles.embed_stale(session, *page, everything=run.task["everything"])
            if made:
                self._candidates.match_all(caller, made)
        with self._database.platform_transaction() as session:
            here = self._next(run, CANDIDATES)
            if page is not None:
                here = {"kind": CANDIDATES, "after": [str(page[0]), str(page[1][-1])]}
            if here["kind"] == _SETTLING:
                here["ticket"] = self._postings.last_ticket(session)
            self._runs.advance(session, run, here, done=len(page[1]) if page else 0)

    def _next(self, run: RunView, kind: str) -> dict[str, Any]:
        kinds = run.task["kinds"]
        later = kinds[kinds.index(kind) + 1 :]
        return {"kind": later[0] if later else _SETTLING}

    def _settle(self, run: RunView) -> None:
        """Ends the run once what it queued is read and matched."""
        with self._database.platform_transaction() as session:
            if POSTINGS not in run.task["kinds"] or self._postings.is_worked_off(session, run.position["ticket"]):
                self._runs.finish(session, run.run_id, COMPLETED)

    def _coverage(self, kind: str) -> Coverage:
        if kind == ROLES:
            total, stale = self._roles.count()
            return Coverage(total - stale, stale, 0)
        return Coverage(*(self._profiles.count() if kind == CANDIDATES else self._postings.count()))


def _ids(run: RunView) -> list[UUID]:
    return [UUID(each) for each in run.task["ids"]]


def _size(coverage: Coverage) -> int:
    return coverage.present + coverage.stale + coverage.missing
