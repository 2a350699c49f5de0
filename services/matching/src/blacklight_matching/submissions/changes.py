"""What a change of a submission's fields is told as in its activities. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

MOST_SHOWN = 255
"""Characters of an old or new value."""

_TOLD_AS: Final = (
    ("RATE_UPDATED", ("bill_rate", "pay_rate", "rate_type", "currency")),
    (
        "VENDOR_UPDATED",
        ("vendor_company", "vendor_contact_name", "vendor_contact_email", "vendor_contact_phone", "client_company"),
    ),
    ("PRIORITY_CHANGED", ("priority", "hot")),
    ("FOLLOW_UP_SET", ("follow_up_date",)),
    ("NOTE", ("placement_start_date", "placement_end_date", "placement_months")),
)
_TOLD_WITHOUT_VALUES: Final = (
    "notes",
    "cover_letter",
    "resume_id",
    "resume_name",
    "job_title",
    "job_company",
    "job_location",
    "job_url",
    "job_description",
)
_PRIORITIES: Final = {1: "LOW", 2: "MEDIUM", 3: "HIGH"}


@dataclass(frozen=True, slots=True)
class Change:
    """An activity to write."""

    type: str
    content: str
    old_value: str = ""
    new_value: str = ""


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """One activity for each kind of field that `new` changes, naming the fields; of texts not what they say."""
    found = []
    for kind, fields in _TOLD_AS:
        changed = [name for name in fields if name in new and new[name] != old[name]]
        if changed:
            shown = (shorten(", ".join(_said(name, values[name]) for name in changed)) for values in (old, new))
            found.append(Change(kind, f"changed: {', '.join(changed)}", *shown))
    texts = [name for name in _TOLD_WITHOUT_VALUES if name in new and new[name] != old[name]]
    return [*found, Change("NOTE", f"changed: {', '.join(texts)}")] if texts else found


def shorten(text: str) -> str:
    """At most 255 characters."""
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def _said(name: str, value: Any) -> str:
    if value is None or value == "":
        return "none"
    if name == "priority":
        return _PRIORITIES[value]
    if name == "hot":
        return "hot" if value else "not hot"
    return value.isoformat() if isinstance(value, date) else str(value)
