"""The steps of `candidate-ready`, each one call of the service; repeating any changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blacklight_servicekit.caller import Caller
from temporalio import activity

from blacklight_matching.intake.candidate.service import CandidateIntake


@dataclass(frozen=True)
class CandidateReady:
    """Which candidate of which tenant; everything else is read where it stands."""

    tenant_id: str
    candidate_id: str


class CandidateActivities:
    """Activities over one candidate."""

    def __init__(self, intake: CandidateIntake) -> None:
        self._intake = intake

    @property
    def all(self) -> Sequence[Callable[..., Any]]:
        """What the worker registers."""
        return (self.normalise_roles, self.embed, self.match)

    @activity.defn(name="candidate-normalise-roles")
    def normalise_roles(self, candidate: CandidateReady) -> None:
        """Links the candidate to its canonical roles."""
        self._intake.normalise_roles(_caller(candidate), UUID(candidate.candidate_id))

    @activity.defn(name="candidate-embed")
    def embed(self, candidate: CandidateReady) -> None:
        """Makes the vector where the text changed."""
        self._intake.embed(_caller(candidate), UUID(candidate.candidate_id))

    @activity.defn(name="candidate-match")
    def match(self, candidate: CandidateReady) -> int:
        """Scores the candidate against the open postings; returns how many pairs were stored."""
        return self._intake.match(_caller(candidate), UUID(candidate.candidate_id))


def _caller(candidate: CandidateReady) -> Caller:
    return Caller.service("matching", UUID(candidate.tenant_id))
