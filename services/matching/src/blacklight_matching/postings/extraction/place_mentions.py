"""Where a running text says that the work is: "based in our Berlin office", "positions in Austin and Denver".

A city that is merely named (of a customer, of the company's past) counts only when nothing says it better, and a word
that is also a city ("Reading", "Nice", "Mobile") only where the words around it speak of a place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.places import STATES
from blacklight_matching.postings.extraction.gazetteer import (
    AMBIGUOUS,
    City,
    cities,
    city_of,
    country_of,
    folded,
    large_cities,
    region_of,
)
from blacklight_matching.postings.extraction.place import MOST_PLACES, Place
from blacklight_matching.postings.extraction.sentences import Span

_WORD = r"[A-ZÀ-ÖØ-Ý](?:[\w'’.]|-(?!based))*"
_NAMES = re.compile(
    rf"(?<![\w@./-]){_WORD}(?:(?:[ ]|,[ ]?|[ ](?:am|an|der|de|la|le|do|del|of|on|upon|the)[ ]){_WORD}){{0,11}}"
)
_SURE = re.compile(
    r"(?:\b(?:located|based|situated|working|work|role|position|job|opening|vacanc\w+|onsite|on-site|office|offices|"
    r"headquarter\w*|hq|headquarters|relocat\w+|team|here|us|studio|lab|labs|join\s+\w+|live|living|commut\w+|"
    r"(?:must|should|need\s+to|has\s+to|have\s+to)\s+(?:be|reside))\s+"
    r"(?:is\s+|are\s+|be\s+|out\s+|right\s+)*(?:in|at|from|of|to|near|within|out of)|\b(?:location|place|where|"
    r"city)\b\W{0,4})"
    r"(?:\s+(?:the|our|downtown|central|sunny|beautiful|lovely|heart|centre|center|of|heart\s+of|greater|"
    r"our\s+\w+)){0,4}\s*$",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"\b(?:in|our|near|from)\s+(?:(?:the|our|downtown|central|heart\s+of|centre\s+of|"
    r"center\s+of)\s+)*$",
    re.I,
)
_SURE_AFTER = re.compile(r"^(?:[- ]based\b|\s+(?:offices?|HQ|headquarters|team|location|studio|campus)\b)")
_NO_PLACE_AFTER = re.compile(
    r"^\s+(?:Universit|College|Institute|Airport|School|Times|Stock|time\b|hours|Street|"
    r"Road|Bank)|^-(?!based)"
)
_ELSEWHERE = re.compile(
    r"\b(?:customers?|clients?|universit\w+|founded|investors?|born|studied|like|such as|including|degree|brands?|"
    r"backed|partners?|visits?|flights?|trips?|conference|funded)\b[^.\n]{0,60}$",
    re.IGNORECASE,
)
_NO_TOWN = frozenset(
    [
        "remote",
        "university",
        "college",
        "of",
        "hours",
        "only",
        "the",
        "and",
        "or",
        "in",
        "inc",
        "llc",
        "ltd",
        "developer",
        "engineer",
        "manager",
        "analyst",
        "senior",
        "junior",
        "lead",
        "office",
        "site",
        "onsite",
        "hybrid",
        "timezone",
        "citizens",
        "persons",
        "nationals",
        "visa",
        "institute",
        "school",
    ]
)
_COUNTRY_WORDS = frozenset({"jordan", "chad", "georgia", "turkey", "jersey", "guinea", "mali", "us", "america"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A place, where it is named, and how surely it is the job's: 3 by name of field or office, 0 merely named."""

    place: Place
    span: Span
    weight: int


def find_places(text: str) -> list[Mention]:
    """The places that a text names for the work, those said most surely, in order; at most ten."""
    found = [mention for run in _NAMES.finditer(text) for mention in _of_run(text, run)]
    if not found:
        return []
    most = max(mention.weight for mention in found)
    if most < 1:
        towns = {mention.place for mention in found if mention.place.city}
        return found[:1] if len(towns) == 1 and found[0].place.city else []
    best = [mention for mention in found if mention.weight == most]
    if most < 3:
        best = [mention for mention in best if mention.place == best[0].place]
    near = [mention for mention in found if mention.weight >= 0 and _same_list(text, best[0], mention)]
    chosen = {mention.place: mention for mention in reversed([best[0], *near])}
    return sorted(chosen.values(), key=lambda mention: mention.span.start)[:MOST_PLACES]


def _same_list(text: str, first: Mention, other: Mention) -> bool:
    """ "Austin, Denver or Boston": what follows with nothing but commas and "or" between."""
    if other.span.start < first.span.end or other.span.start - first.span.end > 60:
        return False
    between = re.sub(_WORD, "", text[first.span.end : other.span.start])
    return not re.sub(r"\b(?:or|and)\b|[,/&|\s]", "", between)


def _of_run(text: str, run: re.Match[str]) -> list[Mention]:
    """The places in a run of capitalised words: longest names first."""
    words = [(word.group().rstrip(".'’-"), run.start() + word.start()) for word in re.finditer(r"[^\s,]+", run.group())]
    found: list[Mention] = []
    index = 0
    while index < len(words):
        step = 1
        for length in (4, 3, 2, 1):
            if index + length > len(words):
                continue
            start = words[index][1]
            end = words[index + length - 1][1] + len(words[index + length - 1][0])
            read = _read(text[start:end], [word for word, _ in words[index + length :]], text[end : end + 2])
            if read is None:
                continue
            place, taken = read
            last = words[index + length - 1 + taken]
            span = Span(start, last[1] + len(last[0]))
            weight = _weight(text, span, text[start:end], taken > 0)
            if weight >= 0:
                found.append(Mention(place, span, weight))
            step = length + taken
            break
        index += step
    return found


def _read(name: str, following: list[str], gap: str) -> tuple[Place, int] | None:
    """A city with the state or country behind it, and how many words those take; or a country or state alone."""
    if "," in name:
        return None
    for length in (2, 1):
        held = " ".join(following[:length]) if len(following) >= length else ""
        region = region_of(held) if held and not _begins_town(following) else None
        country = country_of(held) if held and region is None else ""
        if region and (city_of(name, region[0]) or (gap.startswith(",") and _may_be_town(name))):
            city = city_of(name, *region)
            return (Place(*city) if city else Place(name, *region)), length
        if country and (
            city_of(name, "", country) or (gap.startswith(",") and _may_be_town(name) and not _known(name))
        ):
            city = city_of(name, "", country)
            return (Place(*city) if city else Place(name, "", country)), length
    if following and following[0] in ("on", "upon", "am", "an", "der") and city_of(name):
        return None  # "Newark on Trent" is not Newark
    is_state = folded(name) in STATES and folded(name) not in large_cities()  # "Oregon" is no town of Ohio
    if not is_state and (city := _known(name)) is not None:
        return Place(*city), 0
    word = name.casefold()
    if word not in _COUNTRY_WORDS and (code := country_of(name)):
        return Place("", "", code), 0
    region = region_of(name) if len(name) > 3 else None
    return (Place("", *region), 0) if region and word not in ("washington",) else None


def _begins_town(words: list[str]) -> bool:
    """Whether what looks like a state is a town: "Kansas City", or with its own state "Delaware, OH"."""
    names = [folded(" ".join(words[:length])) for length in (2, 3)]
    return any(name in large_cities() and name not in STATES for name in names) or any(
        (state := region_of(words[length])) is not None and city_of(" ".join(words[:length]), *state) is not None
        for length in (1, 2, 3)
        if length < len(words)
    )


def _may_be_town(name: str) -> bool:
    """Whether an unknown name before a state or country may be a town: "Tysons Corner, VA", not "Remote, US"."""
    words = [word.casefold().strip(".") for word in name.split()]
    return not (_NO_TOWN & set(words)) and not country_of(name) and region_of(name) is None and len(words) < 4


def _known(name: str) -> City | None:
    key = name.casefold().replace(".", "").replace("-", " ")
    first, _, rest = key.partition(" ")
    if (
        key not in cities()
        and first in ("east", "west", "north", "south", "central", "greater", "downtown")
        and rest in cities()
    ):
        key = rest  # "East London" is London
    if len(name) < 3 or key in AMBIGUOUS:
        return None
    return city_of(key) or (None if key.isascii() else city_of(name))


def _weight(text: str, span: Span, name: str, held: bool) -> int:
    before = text[max(0, span.start - 70) : span.start].rpartition("\n")[2]
    sure = _SURE.search(before) or _SURE_AFTER.match(text[span.end : span.end + 14])
    if sure:
        return 3
    if _ELSEWHERE.search(before) or _NO_PLACE_AFTER.match(text[span.end : span.end + 20]):
        return -1
    if held:
        return 2
    if (
        folded(name) not in large_cities()
        and not country_of(name)
        and folded(name).partition(" ")[2] not in large_cities()
    ):
        return -1  # "Summit" and "Cordova" are towns only where somebody says so
    if country_of(name):
        return -1  # a country that is merely named is where customers are
    return 1 if _FIRM.search(before) else 0
