"""Names of cities, regions and countries as they are written, and what they stand for.

Cities are GeoNames' (CC BY 4.0), chosen by tools/build_gazetteer.py; a name that several share stands for the largest
unless a region or country says otherwise. Loaded when first asked for.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources

from blacklight_matching.places import STATES

PROVINCES = {
    "alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB", "newfoundland": "NL",
    "nova scotia": "NS", "ontario": "ON", "prince edward island": "PE", "quebec": "QC", "saskatchewan": "SK",
}  # fmt: skip
US_CODES = frozenset(code.upper() for code in STATES.values())
CANADIAN_CODES = frozenset(PROVINCES.values())
AMBIGUOUS = frozenset(
    word
    for line in (
        "reading nice mobile bath of most date data best man male split enterprise central university union rome",
        "commerce orange page sale spring industry sandy sparks imperial normal hope eden college march august media",
        "troy salem paradise opportunity liberty independence oracle delta florence phoenix aurora lima vista",
        "surprise delight burnley hamilton wells clay temple victoria price young mission republic java san santa",
        "boulder basel hub both manage apple valley garden grove hudson lincoln jackson madison cary bend casper",
        "marion monroe tyler plant city our bay progress new how what why the you we will if this que an as at my oh",
        "ok may hi lead bar buy come west east north south milton chandler gary clinton clifton david martin angelo",
        "leader elk chester nelson wayne rockwell google amazon facebook azure agile scala python ruby django",
        "angular ionic spark kafka hive flink storm perl julia summit cordova brits metro",
    )
    for word in line.split()
)
"""Cities that are words of other meaning: places only where the words around say so."""
_DATA = resources.files("blacklight_matching.postings.extraction").joinpath("data")

_ENGLISH_SPEAKING = frozenset({"US", "GB", "IE", "CA", "AU", "NZ", "IN", "SG"})
City = tuple[str, str, str]
"""Name as shown, region (United States and Canada), ISO 3166-1 code of the country."""


def folded(name: str) -> str:
    """A name for looking up: no case, no accents, no dots, single blanks."""
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(plain.casefold().replace(".", "").replace("-", " ").split())


@cache
def cities() -> dict[str, tuple[City, ...]]:
    """The cities of a folded name, the largest first."""
    found: dict[str, list[City]] = {}
    for line in _DATA.joinpath("cities.tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, region, country, *others, _ = line.split("\t")
        for written in (name, *others):
            found.setdefault(folded(written), []).append((name, region, country))
    return {name: tuple(places) for name, places in found.items()}


def _best_known(key: str) -> City | None:
    found = cities().get(key, ())
    if found and found[0][2] not in _ENGLISH_SPEAKING and key in large_cities():
        return next((city for city in found if city[2] == "US" and (*city[:2], key) in _large_american()), found[0])
    return found[0] if found else None


@cache
def _large_american() -> frozenset[tuple[str, str, str]]:
    rows = [line.split("\t") for line in _DATA.joinpath("cities.tsv").read_text("utf-8").splitlines() if line[0] != "#"]
    return frozenset((row[0], row[1], folded(row[0])) for row in rows if row[2] == "US" and int(row[-1]) >= 100)


@cache
def large_cities() -> frozenset[str]:
    """Folded names of cities of 100,000 people or more: those that are known without their state."""
    rows = [line.split("\t") for line in _DATA.joinpath("cities.tsv").read_text("utf-8").splitlines() if line[0] != "#"]
    return frozenset(folded(name) for row in rows if int(row[-1]) >= 100 for name in (row[0], *row[3:-1]))


@cache
def countries() -> dict[str, str]:
    """The ISO 3166-1 code of a folded country name."""
    found: dict[str, str] = {}
    for line in _DATA.joinpath("countries.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, *names = line.split("\t")
            found.update((folded(name), code) for name in names)
    return found


def region_of(name: str) -> tuple[str, str] | None:
    """(region, country) of a state or province: "TX", "Texas", "Ontario"; codes only in capitals."""
    text = name.strip()
    code = text.replace(".", "")
    if code in US_CODES:
        return code, "US"
    if code in CANADIAN_CODES:
        return code, "CA"
    word = folded(text)
    if word in STATES:
        return STATES[word].upper(), "US"
    if word in ("d c", "dc", "washington dc"):
        return "DC", "US"
    if word in PROVINCES:
        return PROVINCES[word], "CA"
    return None


def country_of(name: str) -> str:
    """The code of a country by name, or empty; two letters only in capitals."""
    word = folded(name)
    if len(word) <= 3 and not name.strip().isupper() and word != "uk":
        return ""
    return countries().get(word, "")


def city_of(name: str, region: str = "", country: str = "") -> City | None:
    """The largest city of a name, within a region or country where one is given.

    Without one, "Santa Clara" is the town of the United States that people who write in English mean.
    """
    if not region and not country:
        return _best_known(folded(name))
    for city in cities().get(folded(name), ()):
        if (not country or city[2] == country) and (not region or city[1] == region):
            return city
    return None
