"""Places as résumés print them: 'Austin, TX', 'Seattle, Washington 98105', 'Berlin, Germany', 'Remote'."""

from __future__ import annotations

import re

from .lexicon import COUNTRIES, US_STATES

_NAMES = "|".join(sorted(map(re.escape, (*US_STATES.values(), *COUNTRIES)), key=len, reverse=True))
_CITY = r"[A-Z][\w.'’-]+(?:[ ](?:[A-Z][\w.'’-]+|of|de|la|del|upon|am)){0,3}"
_REGION = rf"(?:{'|'.join(US_STATES)}|{_NAMES})"
_PLACE = rf"{_CITY},\s*(?:[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+)?,\s*)?{_REGION}(?![\w])(?:,?\s*\d{{5}}(?:-\d{{4}})?)?(?:,?\s*(?:{_NAMES})(?!\w))?"
_TAIL = re.compile(rf"(?:^|[\s,(|–-])\s*(?P<place>{_PLACE})\)?\s*$")
_WHOLE = re.compile(
    rf"^\(?(?:{_PLACE}|{_REGION}|Remote(?:\s*[,(/-].{{0,30}})?|[\w .'’-]{{3,30}}\s*\(Remote\)|City, State|"
    rf"Washington,? D\.?C\.?|New York City|NYC|{_CITY}\s*/\s*Remote|Hybrid|On-?site)\)?$"
)
_ANYWHERE = re.compile(_PLACE)
_LOOSE = re.compile(rf"{_CITY},?\s+{_REGION}(?!\w)(?:,?\s*\d{{5}}(?:-\d{{4}})?)?")


def is_place(text: str) -> bool:
    """The whole text is a place."""
    return len(text) <= 60 and _WHOLE.match(text.strip()) is not None


def place_at_end(text: str) -> tuple[int, int] | None:
    """Offsets of a place that ends the text, as in 'Verizon, Dallas, TX'; the shortest that fits."""
    best: tuple[int, int] | None = None
    for start in range(len(text)):
        if start and text[start - 1] not in " ,(|–-\t":
            continue
        match = _TAIL.match(text, start) if start == 0 else re.compile(_TAIL.pattern).match(text, start - 1)
        if match:
            best = match.span("place")
    return best


def place_within(text: str) -> tuple[int, int] | None:
    """Offsets of the first place anywhere in the text, also without the comma ('Seattle, Washington 98105 US')."""
    found = _ANYWHERE.search(text) or _LOOSE.search(text)
    return found.span() if found else None
