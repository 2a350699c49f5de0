"""One spelling for each place, so that "NYC", "New York, NY" and "new york , new york" are one target (P-42). Pure."""

from __future__ import annotations

import re
import unicodedata

STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
    "district of columbia": "DC",
}  # fmt: skip
_NAMES = {code: name for name, code in STATES.items()}

SHORT_FORMS = {
    "nyc": "new york", "ny city": "new york", "new york city": "new york", "manhattan": "new york",
    "sf": "san francisco", "san fran": "san francisco", "frisco ca": "san francisco",
    "la": "los angeles",
    "dc": "washington dc",
    "philly": "philadelphia", "vegas": "las vegas", "chi": "chicago", "chitown": "chicago",
    "atl": "atlanta", "nola": "new orleans", "slc": "salt lake city", "indy": "indianapolis",
    "okc": "oklahoma city", "pdx": "portland or", "stl": "st louis", "phx": "phoenix",
}  # fmt: skip
"""What people write for a city; words are lowercase and without punctuation."""

CITIES = {
    "new york": "NY", "los angeles": "CA", "chicago": "IL", "houston": "TX", "phoenix": "AZ",
    "philadelphia": "PA", "san antonio": "TX", "san diego": "CA", "dallas": "TX", "san jose": "CA",
    "austin": "TX", "fort worth": "TX", "charlotte": "NC", "san francisco": "CA", "indianapolis": "IN",
    "seattle": "WA", "denver": "CO", "boston": "MA", "nashville": "TN", "detroit": "MI",
    "oklahoma city": "OK", "las vegas": "NV", "memphis": "TN", "baltimore": "MD", "milwaukee": "WI",
    "albuquerque": "NM", "tucson": "AZ", "sacramento": "CA", "atlanta": "GA", "omaha": "NE",
    "raleigh": "NC", "miami": "FL", "minneapolis": "MN", "tulsa": "OK", "tampa": "FL",
    "new orleans": "LA", "cleveland": "OH", "honolulu": "HI", "pittsburgh": "PA", "cincinnati": "OH",
    "orlando": "FL", "st louis": "MO", "salt lake city": "UT",
}  # fmt: skip
"""Cities that need no state to be known: the largest of their name by far."""

_COUNTRY = {"usa", "us", "united states", "united states of america", "america"}
_REMOTE = {"remote", "fully remote", "100 remote", "work from home", "wfh", "telecommute", "anywhere"}
_WRITTEN_OUT = {"saint": "st", "ft": "fort", "mt": "mount"}
_POSTCODE = re.compile(r"\b\d{5}(?:-\d{4})?\b")
_BETWEEN = re.compile(r"[,;/|()]|\s-\s")
_INITIALS = re.compile(r"(?<=\b[^\W\d_])\.")
_MARKS = re.compile(r"[^\w'&-]+")


def canonical_place(location: str) -> str:
    """The spelling under which a place is kept, e.g. `New York, NY`, `Texas`, `Remote`; empty when it names none.

    The same for any case, spacing and punctuation, for states by name or code, with or without the country and the
    postcode, and for the short forms that people use. What is not known stays, tidied. Canonical again, it is itself.
    """
    folded = _INITIALS.sub("", unicodedata.normalize("NFKC", location).casefold())
    pieces = [_words(piece) for piece in _BETWEEN.split(_POSTCODE.sub(" ", folded))]
    parts = [piece for piece in pieces if piece and piece not in _COUNTRY]
    if not parts:
        return "United States" if any(piece in _COUNTRY for piece in pieces) else ""
    if all(part in _REMOTE for part in parts):
        return "Remote"
    if len(parts) != 2 or not _code(parts[1]):
        parts = list(dict.fromkeys(parts))
    if len(parts) == 1:
        parts = _of_one(_without_country(parts[0]))
    elif len(parts) == 2:
        parts = _of_two(*parts)
    return ", ".join(map(_shown, parts))


def canonical_query(text: str) -> str:
    """The spelling under which a query is kept: one space between words, lowercase but for AND, OR and NOT."""
    words = unicodedata.normalize("NFKC", text).split()
    return " ".join(word if word in ("AND", "OR", "NOT") else word.casefold() for word in words)


def _words(text: str) -> str:
    words = _MARKS.sub(" ", text).strip("-' ").split()
    return " ".join(_WRITTEN_OUT.get(word, word) if len(words) > 1 else word for word in words)


def _without_country(part: str) -> str:
    for country in sorted(_COUNTRY, key=len, reverse=True):
        if part.endswith(" " + country):
            return part.removesuffix(country).strip()
    return part


def _of_one(part: str) -> list[str]:
    """A single piece: a city, a state, or both without a comma."""
    known = SHORT_FORMS.get(part, part)
    if known in CITIES:
        return [known, CITIES[known]]
    if known in STATES:
        return ["washington", "DC"] if STATES[known] == "DC" else [known]
    if known.upper() in _NAMES:
        return _of_one(_NAMES[known.upper()])
    words = known.split()
    for length in (3, 2, 1):
        head, tail = " ".join(words[:-length]), " ".join(words[-length:])
        if head and _code(tail):
            return [SHORT_FORMS.get(head, head), _code(tail)]
    return [known]


def _of_two(city: str, region: str) -> list[str]:
    """A city and, mostly, a state."""
    code = _code(region)
    if not code:
        return [city, region]
    known = SHORT_FORMS.get(city, city)
    if known == "washington dc" or (known == "washington" and code == "DC"):
        return ["washington", "DC"]
    return [known if CITIES.get(known) == code else city, code]


def _code(text: str) -> str:
    """The code of a state by name or code; empty when it is none."""
    return STATES.get(text) or (text.upper() if text.upper() in _NAMES else "")


def _shown(part: str) -> str:
    """In capitals at the start of each word; codes of two letters wholly."""
    if len(part) == 2:
        return part.upper()
    return " ".join("-".join(piece[:1].upper() + piece[1:] for piece in word.split("-")) for word in part.split(" "))
