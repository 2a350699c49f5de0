"""The steps of `long-run`: one page of whatever kind of work, or the end of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from blacklight_servicekit.errors import ServiceError, Unavailable
from temporalio import activity

from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.view import ENDED, PAGE_DONE, PAUSED, RUNNING, WAITING, RunView


class RunWork(Protocol):
    """What a kind of run does."""

    def work_page(self, run: RunView) -> None:
        """Does one page and counts it, or finishes the run; doing it again changes nothing."""


class RunActivities:
    """Activities over one run."""

    def __init__(self, runs: Runs, works: Mapping[str, RunWork]) -> None:
        self._runs = runs
        self._works = works

    @property
    def all(self) -> Sequence[Callable[..., Any]]:
        """What the worker registers."""
        return (self.page, self.give_up)

    @activity.defn(name="run-page")
    def page(self, run_id: str) -> str:
        """Does one page of a running run; says how the run stands afterwards: RUNNING, PAUSED or ENDED."""
        run = self._runs.find(UUID(run_id))
        if run is not None and run.state == RUNNING:
            try:
                self._works[run.kind].work_page(run)
            except Unavailable:
                raise  # what is away comes back: the page is tried again
            except ServiceError as error:
                # Somebody else was quicker: how the run stands tells what to do.
                if error.reason != PAGE_DONE:
                    self._runs.fail(run.run_id, error.reason, error.message)
            run = self._runs.find(run.run_id)
        if run is None or run.state in ENDED or run.state == WAITING:
            return "ENDED"
        return PAUSED if run.state == PAUSED else RUNNING

    @activity.defn(name="run-give-up")
    def give_up(self, run_id: str) -> None:
        """Ends a run whose page fails again and again."""
        self._runs.fail(UUID(run_id), "PAGE_FAILED", "a page failed again and again; the log of the service says why")
