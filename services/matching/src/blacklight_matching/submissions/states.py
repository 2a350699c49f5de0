"""The nine states of a submission and the moves between them (spec 3.9). Pure.

    SUBMITTED → CLIENT_REVIEW → INTERVIEW_SCHEDULED ⇄ INTERVIEWED → OFFERED → PLACED

ON_HOLD is reached from, and goes back to, any other active state; REJECTED and WITHDRAWN are reached from any active
one. The three final states are final: only a correction, which is a verb of its own, takes back a placement.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from blacklight_servicekit.errors import FailedPrecondition


class State(StrEnum):
    """Where a submission stands, in the order of the pipeline; named as in the contract."""

    SUBMITTED = "SUBMITTED"
    CLIENT_REVIEW = "CLIENT_REVIEW"
    INTERVIEW_SCHEDULED = "INTERVIEW_SCHEDULED"
    INTERVIEWED = "INTERVIEWED"
    OFFERED = "OFFERED"
    ON_HOLD = "ON_HOLD"
    PLACED = "PLACED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


FINAL: Final = (State.PLACED, State.REJECTED, State.WITHDRAWN)
ACTIVE: Final = tuple(state for state in State if state not in FINAL)
CORRECTED_TO: Final = (State.OFFERED, State.REJECTED, State.WITHDRAWN)
"""Where a placement that is taken back may go."""
MOVED_ON_BY_INTERVIEW: Final = (State.SUBMITTED, State.CLIENT_REVIEW)
"""Early states, which an interview that is arranged moves on (spec 9.5, 12)."""

_FORWARD: Final[dict[State, tuple[State, ...]]] = {
    State.SUBMITTED: (State.CLIENT_REVIEW,),
    State.CLIENT_REVIEW: (State.INTERVIEW_SCHEDULED,),
    State.INTERVIEW_SCHEDULED: (State.INTERVIEWED,),
    State.INTERVIEWED: (State.INTERVIEW_SCHEDULED, State.OFFERED),
    State.OFFERED: (State.PLACED,),
}


def allowed_from(state: State) -> tuple[State, ...]:
    """Where a submission may be moved to from this state; nowhere from a final one."""
    if state in FINAL:
        return ()
    ahead: tuple[State, ...]
    if state is State.ON_HOLD:
        ahead = tuple(other for other in ACTIVE if other is not State.ON_HOLD)
    else:
        ahead = (*_FORWARD[state], State.ON_HOLD)
    return (*ahead, State.REJECTED, State.WITHDRAWN)


def check_move(state: State, target: State) -> None:
    """Raises FailedPrecondition (SUBMISSION_FINAL, MOVE_NOT_ALLOWED) for a move that is none."""
    allowed = allowed_from(state)
    if target in allowed:
        return
    if allowed:
        message, reason = f"from {state} a submission may move to: {', '.join(allowed)}", "MOVE_NOT_ALLOWED"
    elif state is State.PLACED:
        message, reason = "PLACED is final; a placement is taken back by CorrectPlacement alone", "SUBMISSION_FINAL"
    else:
        message, reason = f"{state} is final; submit the candidate anew", "SUBMISSION_FINAL"
    told = {"state": state.value, "target": target.value, "allowed": ",".join(allowed)}
    raise FailedPrecondition(message, reason=reason, field="state", metadata=told)


def check_active(state: State) -> None:
    """Raises FailedPrecondition (SUBMISSION_FINAL) once a submission has ended."""
    if state in FINAL:
        raise FailedPrecondition(
            f"the submission is {state}; only active ones have interviews ahead",
            reason="SUBMISSION_FINAL",
            metadata={"state": state.value},
        )
