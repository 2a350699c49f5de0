"""The right to represent: for a number of days nobody else sends a candidate to the same client for the same job. Pure.

What counts as the same is a key of the normalised client and title, so that a posting and an external job, or two
spellings of either, are one. Of a title the noise that boards and vendors put around it does not count (place,
contract, pay, numbers, seniority); whatever tells the work does, so that two jobs of one client stay two. The right
lasts as long as its submission is active, and no longer than its days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.errors import AlreadyExists

from blacklight_matching.fingerprint import normal_company
from blacklight_matching.folding import fold
from blacklight_matching.titles import clean_title, drop_seniority, expand_short_forms

ACTIVE_ALREADY = "SUBMISSION_ACTIVE"
RIGHT_HELD = "RIGHT_TO_REPRESENT_HELD"
_BETWEEN_WORDS = re.compile(r"[^\w+#]+")


@dataclass(frozen=True, slots=True)
class Blocking:
    """A submission in the way of another one, and why."""

    reason: str
    submission_id: UUID
    submitter_id: UUID
    state: str
    create_time: datetime
    right_end_time: datetime


def company_key(company: str) -> str:
    """A company for comparing: without case, accents, punctuation and legal form."""
    return normal_company(company)


def job_key(client_company: str, title: str) -> str:
    """What two submissions share that are for one job of one client; empty where client or title says nothing."""
    company, words = company_key(client_company), _title_key(title)
    return f"{company}\n{words}" if company and words else ""


def _title_key(title: str) -> str:
    cleaned = clean_title(title)
    told = expand_short_forms(drop_seniority(cleaned) or cleaned)
    return _BETWEEN_WORDS.sub(" ", fold(told).decode()).strip()


def refusal(blocking: Blocking) -> AlreadyExists:
    """How a submission is refused that another one is in the way of (P-79)."""
    told = {"submission_id": str(blocking.submission_id), "submitter_id": str(blocking.submitter_id)}
    if blocking.reason == ACTIVE_ALREADY:
        message = f"the candidate is submitted for this posting already: submission {blocking.submission_id}"
        return AlreadyExists(message, reason=ACTIVE_ALREADY, metadata=told)
    until = blocking.right_end_time.isoformat()
    message = (
        f"submission {blocking.submission_id} of user {blocking.submitter_id} holds the right to represent the"
        f" candidate for this client and job until {until}; holders of submissions.view_all may pass over it with a"
        " reason in right_override_reason"
    )
    return AlreadyExists(message, reason=RIGHT_HELD, metadata={**told, "right_end_time": until})
