"""Reads ids where the contract's rules do not reach: in the resource of an update. Pure."""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.errors import Invalid


def identifier(text: str, field: str) -> UUID:
    """The id. Raises Invalid for a text that is no UUID."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(f"{field} must be a UUID", reason="INVALID_FIELD", field=field) from error
