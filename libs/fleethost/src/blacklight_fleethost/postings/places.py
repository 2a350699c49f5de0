"""Places as boards write them: a text, a schema.org Place or PostalAddress, an object with city and country. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blacklight_fleethost.postings.texts import text_of

LONGEST_PLACE = 255
_PARTS = (
    ("addressLocality", "city", "locality"),
    ("addressRegion", "state", "region", "province"),
    ("addressCountry", "country"),
)


def place_of(value: Any) -> str:
    """One line; of several places as many, joined by semicolons, as 255 characters hold."""
    if isinstance(value, list | tuple):
        return _joined([place_of(part) for part in value])
    if not isinstance(value, Mapping):
        return text_of(value)
    if value.get("address"):
        return place_of(value["address"])
    parts = [next((found for name in names if (found := text_of(value.get(name)))), "") for names in _PARTS]
    return ", ".join(part for part in parts if part) or text_of(value)


def _joined(places: list[str]) -> str:
    line = ""
    for place in dict.fromkeys(filter(None, places)):
        longer = f"{line}; {place}" if line else place
        if line and len(longer) > LONGEST_PLACE:
            break
        line = longer
    return line
