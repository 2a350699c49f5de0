"""What people may make of a match (spec section 3.10, must-hold H-9). Pure."""

from __future__ import annotations

from blacklight_servicekit.errors import FailedPrecondition

SUGGESTED, VIEWED, SHORTLISTED, APPLIED, REJECTED = "SUGGESTED", "VIEWED", "SHORTLISTED", "APPLIED", "REJECTED"
STATES = (SUGGESTED, VIEWED, SHORTLISTED, APPLIED, REJECTED)

_REFUSED = {
    (REJECTED, APPLIED): "a rejected match is shortlisted before it is applied for",
    (APPLIED, SHORTLISTED): "the match is applied for already; reject it to start over",
}


def check_move(before: str, after: str) -> None:
    """Raises FailedPrecondition (MATCH_STATE) for a step that makes no sense. Staying where it is always does."""
    refused = _REFUSED.get((before, after))
    if refused:
        raise FailedPrecondition(refused, reason="MATCH_STATE", metadata={"state": before})
