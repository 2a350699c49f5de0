"""`candidate-ready`: one per candidate, latest state wins (pains P-46, P-47)."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies

    from blacklight_matching.intake.candidate.activities import CandidateActivities, CandidateReady

ROUNDS = 50
"""Rounds before the history is begun anew; a round is a change of the candidate while it was being matched."""


@workflow.defn(name="candidate-ready")
class CandidateReadyWorkflow:
    """Normalises roles, embeds, matches; once more from the start when the candidate changed meanwhile."""

    def __init__(self) -> None:
        self._changed = False

    @workflow.signal(name="changed")
    def changed(self) -> None:
        """The candidate has changed; the next round reads the new state."""
        self._changed = True

    @workflow.run
    async def run(self, candidate: CandidateReady) -> None:
        """Runs until the candidate's last state is matched."""
        for _ in range(ROUNDS):
            self._changed = False
            await workflow.execute_activity_method(CandidateActivities.normalise_roles, candidate, **policies.DB)
            await workflow.execute_activity_method(CandidateActivities.embed, candidate, **policies.DB)
            await workflow.execute_activity_method(CandidateActivities.match, candidate, **policies.DB)
            if not self._changed:
                return
        workflow.continue_as_new(candidate)


def workflow_id(candidate_id: str) -> str:
    """One workflow a candidate."""
    return f"candidate-ready-{candidate_id}"
