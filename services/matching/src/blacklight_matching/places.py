"""Words that name a place of work in titles and addresses of postings, and the canonical form of an
address.
"""

from __future__ import annotations

import re
import unicodedata

STATES = {
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca",
    "colorado": "co", "connecticut": "ct", "delaware": "de", "florida": "fl", "georgia": "ga",
    "hawaii": "hi", "idaho": "id", "illinois": "il", "indiana": "in", "iowa": "ia", "kansas": "ks",
    "kentucky": "ky", "louisiana": "la", "maine": "me", "maryland": "md", "massachusetts": "ma",
    "michigan": "mi", "minnesota": "mn", "mississippi": "ms", "missouri": "mo", "montana": "mt",
    "nebraska": "ne", "nevada": "nv", "new hampshire": "nh", "new jersey": "nj", "new mexico": "nm",
    "new york": "ny", "north carolina": "nc", "north dakota": "nd", "ohio": "oh", "oklahoma": "ok",
    "oregon": "or", "pennsylvania": "pa", "rhode island": "ri", "south carolina": "sc",
    "south dakota": "sd", "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt",
    "virginia": "va", "washington": "wa", "west virginia": "wv", "wisconsin": "wi", "wyoming": "wy",
    "district of columbia": "dc",
}  # fmt: skip
STATE_CODES = frozenset(STATES.values())
COUNTRIES = frozenset({
    "usa", "us", "u.s.", "u.s.a.", "united states", "united states of america", "canada", "india", "uk",
    "united kingdom", "germany", "ireland", "australia", "mexico", "emea", "apac",
})  # fmt: skip
CITIES = frozenset({
    "new york city", "nyc", "los angeles", "chicago", "houston", "phoenix", "philadelphia", "philly",
    "san antonio", "san diego", "dallas", "san jose", "austin", "jacksonville", "fort worth", "columbus",
    "charlotte", "san francisco", "indianapolis", "seattle", "denver", "boston", "nashville", "detroit",
    "oklahoma city", "portland", "las vegas", "memphis", "louisville", "baltimore", "milwaukee",
    "albuquerque", "tucson", "fresno", "sacramento", "kansas city", "mesa", "atlanta", "omaha",
    "colorado springs", "raleigh", "miami", "oakland", "minneapolis", "tulsa", "tampa", "arlington",
    "new orleans", "wichita", "cleveland", "bakersfield", "aurora", "anaheim", "honolulu", "irvine",
    "plano", "irving", "frisco", "st louis", "st. louis", "pittsburgh", "cincinnati", "orlando", "newark",
    "jersey city", "durham", "buffalo", "madison", "scottsdale", "reston", "richmond", "salt lake city",
    "des moines", "hartford", "providence", "boise", "sunnyvale", "santa clara", "palo alto",
    "mountain view", "redmond", "bellevue", "alpharetta", "herndon", "mclean", "cupertino",
    "silicon valley", "bay area", "dfw", "toronto", "vancouver", "montreal", "london", "berlin", "dublin",
    "bangalore", "bengaluru", "hyderabad", "pune", "chennai", "mumbai", "delhi", "noida", "gurgaon",
})  # fmt: skip

_CITY_NICKNAMES = {"nyc": "new york", "new york city": "new york", "philly": "philadelphia", "dfw": "dallas"}
_WORDS = re.compile(r"[^\w.&]+")
_WORK_MODE = re.compile(r"\b(?:100\s*%\s*)?(?:fully\s+)?(?:remote|hybrid|on[- ]?site|work from home|wfh)\b")
_POSTCODE = re.compile(r"\b\d{5}(?:-\d{4})?\b")


def is_place(text: str) -> bool:
    """Whether a piece of a title is a place: "TX", "Texas", "Dallas", "Dallas TX", "USA".

    State codes count only in capitals, so that "or" and "in" stay words.
    """
    words = text.strip(" .,").split()
    if not words:
        return False
    if len(words) > 1 and words[-1] in _upper_codes() and len(words) <= 4:
        return all(word[:1].isupper() for word in words)
    folded = " ".join(words).casefold()
    return text.strip(" .,") in _upper_codes() or folded in STATES or folded in CITIES or folded in COUNTRIES


def _upper_codes() -> frozenset[str]:
    return _UPPER_CODES


_UPPER_CODES = frozenset(code.upper() for code in STATE_CODES)


def canonical_place(location: str) -> str:
    """One form of a place for comparing postings (P-42): "NYC", "New York, NY" and "New York, New York
    10001, USA" all give "new york ny". Work mode, postcode and country are left out; empty when nothing
    remains.
    """
    folded = unicodedata.normalize("NFKC", location).casefold()
    folded = _POSTCODE.sub(" ", _WORK_MODE.sub(" ", folded))
    parts = [" ".join(_WORDS.sub(" ", part).split()) for part in re.split(r"[,;/|()]| - ", folded)]
    parts = [part for part in parts if part and part not in COUNTRIES]
    parts = list(dict.fromkeys(_canonical_part(part) for part in parts))
    text = " ".join(parts)
    return "new york ny" if text == "new york" else text


def _canonical_part(part: str) -> str:
    part = _CITY_NICKNAMES.get(part, part)
    if part in STATES and part not in ("new york", "washington"):
        return STATES[part]
    head, _, tail = part.rpartition(" ")
    if head and tail in STATES:
        return f"{head} {STATES[tail]}"
    return part
