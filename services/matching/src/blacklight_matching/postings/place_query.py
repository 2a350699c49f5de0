"""What a reader writes for a place, as words to look for in the places of postings. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.places import COUNTRIES, STATE_CODES, STATES, canonical_place

_NAMES = {code: name for name, code in STATES.items()}
_COUNTRY_CODES = {"canada": "CA", "india": "IN", "germany": "DE", "ireland": "IE", "australia": "AU", "mexico": "MX"}
_BRITAIN = frozenset({"uk", "united kingdom"})
_OF_NO_COUNTRY = frozenset({"emea", "apac"})
_SIGNS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class PlaceQuery:
    """Either a country (ISO 3166), or words for PostgreSQL's `to_tsquery`; both empty = nothing to look for."""

    country: str = ""
    words: str = ""


def place_query(place: str) -> PlaceQuery:
    """`Dallas, TX` asks for both words, a state for its code or its name, a country for its code."""
    folded = place.strip().casefold()
    if folded in COUNTRIES - _OF_NO_COUNTRY:
        return PlaceQuery(country=_country(folded))
    words = canonical_place(place).split() or folded.split()
    last = len(words) - 1
    asked = [_state(word) if n == last and word in STATE_CODES else _phrase(word) for n, word in enumerate(words)]
    return PlaceQuery(words=" & ".join(filter(None, asked)))


def _country(name: str) -> str:
    return "GB" if name in _BRITAIN else _COUNTRY_CODES.get(name, "US")


def _state(code: str) -> str:
    return f"('{code}' | {_phrase(_NAMES[code])})"


def _phrase(words: str) -> str:
    """Words that follow each other; nothing but letters and digits gets through."""
    plain = [word for word in _SIGNS.split(words) if word]
    return "(" + " <-> ".join(f"'{word}'" for word in plain) + ")" if plain else ""
