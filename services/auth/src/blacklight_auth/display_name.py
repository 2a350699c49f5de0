"""Names of people and companies as they are kept. Pure."""

from __future__ import annotations

from blacklight_servicekit.errors import Invalid


def tidy_name(name: str, *, field: str, at_least: int = 1) -> str:
    """The name with single spaces. Raises Invalid (NAME_INVALID) where too little is left, or not all is text."""
    tidy = " ".join(name.split())
    if len(tidy) < at_least or not tidy.isprintable():
        raise Invalid(f"{field} needs at least {at_least} printable characters", reason="NAME_INVALID", field=field)
    return tidy
