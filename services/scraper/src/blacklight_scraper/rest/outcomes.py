"""How a platform ended, as a submission says it (spec 8.4, 8.7, F-08). Pure."""

from __future__ import annotations

import re
from typing import Final

from blacklight_servicekit.errors import Invalid

from blacklight_scraper.rest.bodies import SubmissionBody
from blacklight_scraper.sessions.states import RunState

REASONS: Final = (
    "auth_required",
    "captcha",
    "blocked",
    "dom_changed",
    "network",
    "timeout",
    "parse_error",
    "rate_limited",
    "browser_crash",
    "credential_missing",
    "unknown",
)
"""What hosts call a failure, in the order of the contract's FailureReason, from 1 on."""
UNKNOWN: Final = REASONS.index("unknown") + 1
_CLASSES: Final = {
    "auth": "auth_required", "network_error": "network", "parse": "parse_error", "browser": "browser_crash",
    "domchanged": "dom_changed", "dom": "dom_changed", "rate_limit": "rate_limited", "timed_out": "timeout",
}  # fmt: skip
"""The hosts' own classes of errors, and other words for a reason."""
_FAILED: Final = frozenset({"failed", "failure", "error"})
_DONE: Final = frozenset({"", "completed", "success", "succeeded", "ok", "empty"})
_WORDS: Final = re.compile(r"[^a-z]+")


def outcome_of(body: SubmissionBody) -> RunState:
    """The platform's end. Raises Invalid (UNKNOWN_STATUS, JOBS_MISSING).

    No jobs is a success only where the board itself said so; a missing flag is no confirmation.
    """
    status = body.status.strip().lower()
    if status in _FAILED:
        return RunState.FAILED
    if status not in _DONE:
        said = "status must be `failed`, or be left out where there are jobs or the board has none"
        raise Invalid(said, reason="UNKNOWN_STATUS", field="status")
    if body.jobs is None:
        said = "jobs is missing; send a list, or status `failed` with error_message"
        raise Invalid(said, reason="JOBS_MISSING", field="jobs")
    if body.jobs:
        return RunState.COMPLETED
    return RunState.EMPTY_CONFIRMED if body.empty_confirmed is True else RunState.EMPTY_UNCONFIRMED


def failure_reason_of(reason: str, message: str) -> int:
    """The number of a failure's reason: the field's, or the word before the message's first colon; else unknown."""
    for said in (reason, message.partition(":")[0] if ":" in message else ""):
        word = _WORDS.sub("_", said.lower().strip().strip("[]")).strip("_")
        word = _CLASSES.get(word, word)
        if word in REASONS:
            return REASONS.index(word) + 1
    return UNKNOWN
