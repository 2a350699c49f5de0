"""A row of a file as the fields of a draft. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from blacklight_matching.imports.files.columns import FIELDS, SAID_BESIDE, folded
from blacklight_matching.imports.files.raw_row import RawRow
from blacklight_matching.postings.importing.drafts import RowFault

_AMOUNT = re.compile(r"\s*(?:[A-Z]{3}|[$€£₹])?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*")
_LONE = re.compile(r"[\ud800-\udfff]")
_YES = frozenset({"true", "yes", "y", "1", "remote"})
_NO = frozenset({"false", "no", "n", "0"})


def draft_fields(row: RawRow) -> dict[str, Any]:
    """Values by the names of a draft. Raises RowFault where a row or a value can't be read."""
    if row.reason:
        raise RowFault(row.reason, "", row.message)
    told = {folded(name): value for name, value in row.values.items() if isinstance(name, str)}
    found = {field: _first(told, names) for field, names in FIELDS.items()}
    fields: dict[str, Any] = {
        field: _text(field, value) for field, value in found.items() if field not in _TYPED and value is not None
    }
    for field, read in _TYPED.items():
        value = read(field, found[field])
        if value is not None:
            fields[field] = value
    fields["description"] = _described(fields.get("description", ""), told)
    return fields


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((value for name in names if (value := told.get(folded(name))) not in (None, "")), None)


def _described(description: str, told: Mapping[str, Any]) -> str:
    for heading, names in SAID_BESIDE.items():
        said = _text(heading.lower(), _first(told, names))
        if said and said not in description:
            description = f"{description}\n\n{heading}: {said}" if description else ""
    return description


def _text(field: str, value: Any) -> str:
    if isinstance(value, Mapping):  # as schema.org writes companies and places
        value = value.get("name") or ", ".join(str(each) for each in value.values() if isinstance(each, str))
    if isinstance(value, list):
        value = ", ".join(str(each) for each in value if isinstance(each, str | int | float))
    if isinstance(value, bool) or value is None:
        return ""
    text = str(value)
    if _LONE.search(text):
        raise RowFault("INVALID_ENCODING", field, f"{field} holds bytes that are no text in the charset of the file")
    return text


def _amount(field: str, value: Any) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = _AMOUNT.fullmatch(_text(field, value))
    if found is None:
        raise RowFault("INVALID_FIELD", field, f"{field} must be a number, such as 85000 or 85,000.50, or empty")
    return float(found[1].replace(",", "") + (found[2] or ""))


def _truth(field: str, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    word = _text(field, value).strip().lower()
    if word not in _YES | _NO:
        raise RowFault("INVALID_FIELD", field, f"{field} must be true or false, or empty")
    return word in _YES


_TYPED = {"salary_min": _amount, "salary_max": _amount, "remote": _truth}
