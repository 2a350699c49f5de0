"""Canonical places (city, region, country) out of a place field.

"NYC", "New York, NY 10001, USA" and "New York City" are "New York, NY, US".

Several places of one field are kept apart: "Wroclaw/Krakow, Poland". Work mode, streets and postcodes are no part of
a place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from blacklight_matching.postings.extraction.gazetteer import City, city_of, country_of, region_of

LONGEST_FIELD = 300
MOST_PLACES = 10
_MODE = re.compile(
    r"\b(?:(?:100\s*%|fully|partial(?:ly)?|mostly|also|or|and)\s+)*(?:remote(?:ly)?|hybrid|on[- ]?site|in[- ]office|"
    r"work(?:ing)?\s+from\s+(?:home|anywhere)|wfh|telecommut\w+|anywhere|worldwide|online)\b"
    r"(?:\s+(?:only|possible|ok(?:ay)?|friendly|work(?:ing)?|optional|option|first|position|role|eligible|in|within|"
    r"from|but|days?))*",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"\b\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b|\b\d{4}\s?[A-Z]{2}\b")
_APART = re.compile(r"\s*(?:[;|•·\n]|\bor\b|\band\b|&)\s*", re.IGNORECASE)
_INSIDE = re.compile(r"\s*[,()\[\]]\s*|\s+[-–—:]\s*|\s*/\s*")
_AROUND = re.compile(
    r"^(?:near|central|downtown|greater|based\s+in|hq(?:\s+is)?(?:\s+in)?|office\s+in|located\s+in|in|the|remote)\s+|"
    r"[\s-]+(?:area|metro(?:politan)?(?:\s+area)?|office|only|region|hq|based|downtown)$|\s+near\s.*$",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^(?!.*\b(?:software|labs?|technolog\w+|solutions?|group|media|systems?|inc|llc|ltd|gmbh|studios?|networks?|"
    r"company|agency|"
    r"universit\w*|college|institute|digital|interactive|health|games|data|consulting|ventures)\b)"
    r"[^\W\d_][\w.'’ -]{1,40}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place; `region` (state or province) for the United States and Canada, `country` by ISO 3166-1."""

    city: str
    region: str
    country: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


@lru_cache(4096)  # the same few fields come again and again
def places_in_field(field: str) -> tuple[Place, ...]:
    """The places of a field that is only about the place of work, in order; empty when it names none."""
    text = _POSTCODE.sub(" ", _MODE.sub(" , ", field[:LONGEST_FIELD]))
    groups = [[part for part in _INSIDE.split(chunk) if part.strip(" .'-")] for chunk in _APART.split(text)]
    found: list[Place] = []
    last = Place("", "", "")
    for group in reversed(groups):  # "Cambridge or Brighton, England": the country is said once, at the end
        read = _group([_AROUND.sub("", part.strip(" .-")) for part in group], last)
        last = read[-1] if read else last
        found[:0] = read
    return tuple(dict.fromkeys(_without_wider(found)))[:MOST_PLACES]


def _group(parts: Sequence[str], next_place: Place) -> list[Place]:
    """The places of "Old Street, London, United Kingdom" or "Wroclaw, Krakow, Poland"."""
    region = country = ""
    towns: list[str] = []
    for index, part in enumerate(parts):
        state = region_of(part)
        behind = region_of(parts[index + 1]) if index + 1 < len(parts) else None
        if state is not None and behind is not None and city_of(part, *behind):
            state = None  # the first of "New York, NY"
        if state is not None and towns and city_of(towns[-1], state[0]) is None and city_of(towns[-1], "", part):
            country = country or part  # "Amsterdam, NL" is no town of Newfoundland
        elif state is not None and (index or len(parts) == 1 or city_of(part) is None):
            if country in ("", state[1]):
                region, country = state
        elif code := country_of(part):
            country = country or code
        else:
            towns.extend(_split_off(part))
            inner = region_of(towns[-1]) if towns and len(towns) > 1 else None
            if inner is not None:
                region, country = inner
                towns.pop()
    return _placed(towns, region, country, next_place)


def _split_off(part: str) -> list[str]:
    """ "Austin TX" and "Storrs Connecticut USA" are a town and what holds it."""
    words = part.split()
    for length in (2, 1):
        if len(words) > length and region_of(" ".join(words[-length:])) and city_of(part) is None:
            return [" ".join(words[:-length]), " ".join(words[-length:])]
    if len(words) > 1 and country_of(words[-1]):
        head = " ".join(words[:-1])
        return _split_off(head) if region_of(head.split()[-1]) and len(words) > 2 else [head]
    if part[:1].isdigit():  # the street of an address goes before its town
        return [next((tail for tail in (" ".join(words[-2:]), words[-1]) if city_of(tail)), part)]
    return [part]


def _placed(towns: Sequence[str], region: str, country: str, next_place: Place) -> list[Place]:
    known = [city for town in towns if (city := city_of(town, region, country)) is not None]
    if not known and not country and next_place.country:
        nearby = [city for town in towns if (city := city_of(town, "", next_place.country)) is not None]
        known = nearby
    if not known and region:
        known = [city for town in towns if (city := city_of(town, "", country)) is not None and not city[1]]
    if known:
        return [Place(*city) for city in known if country or city[2] == known[-1][2]]
    if towns and (country or region) and _NAME.match(towns[0]):
        return [Place(" ".join(towns[0].split()), region, country)]
    return [Place("", region, country)] if country or region else []


def _without_wider(places: Sequence[Place]) -> list[Place]:
    """A country or state alone says nothing beside a city in it."""
    return [
        place
        for place in places
        if place.city or not any(_holds(place, other) for other in places if other is not place)
    ]


def _holds(wide: Place, other: Place) -> bool:
    closer = bool(other.city) or (bool(other.region) and not wide.region)
    return closer and wide.country == other.country and wide.region in ("", other.region)


def as_place(city: City) -> Place:
    """A city of the gazetteer as a place."""
    return Place(*city)


__all__ = ["MOST_PLACES", "Place", "as_place", "places_in_field"]
