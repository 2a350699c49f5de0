"""What a submission and its moves must say (spec 2.3, 3.9). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from blacklight_servicekit.errors import Invalid, Violation

from blacklight_matching.submissions.states import State

_FOR_A_POSTING: Final = {
    "candidate_id": "candidate_id",
    "posting_id": "posting_id",
    "vendor_company": "vendor_company",
    "vendor_contact_name": "vendor_contact_name",
    "vendor_contact_email": "vendor_contact_email",
    "vendor_contact_phone": "vendor_contact_phone",
    "client_company": "client_company",
    "bill_rate": "bill_rate",
    "pay_rate": "pay_rate",
    "notes": "notes",
}
_FOR_AN_EXTERNAL_JOB: Final = {"candidate_id": "candidate_id", "job_title": "job.title", "job_company": "job.company"}
"""Columns and their fields in the contract."""


def check_required(values: Mapping[str, Any], *, external: bool) -> None:
    """Raises Invalid (FIELD_REQUIRED), naming each required field that the values leave empty."""
    required = _FOR_AN_EXTERNAL_JOB if external else _FOR_A_POSTING
    found = [
        Violation(f"submission.{field}", "is required", "FIELD_REQUIRED")
        for column, field in required.items()
        if column in values and _is_empty(values[column])
    ]
    if found:
        names = ", ".join(violation.field for violation in found)
        raise Invalid(f"required and empty: {names}", reason="FIELD_REQUIRED", violations=found)


def check_reason(target: State, reason: str) -> None:
    """Raises Invalid (FIELD_REQUIRED) where a submission is to end badly without a word why (spec 3.9)."""
    if target in (State.REJECTED, State.WITHDRAWN) and _is_empty(reason):
        raise Invalid(f"{target} is kept with its reason, which is required", reason="FIELD_REQUIRED", field="reason")


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
