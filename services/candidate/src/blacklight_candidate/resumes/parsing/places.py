"""Places as résumés print them: 'Austin, TX', 'Seattle, Washington 98105', 'Berlin, Germany', 'Remote'."""

from __future__ import annotations

import re

from .lexicon import COUNTRIES, PROVINCES, US_STATES

_NAMES = "|".join(sorted(map(re.escape, (*US_STATES.values(), *COUNTRIES, *PROVINCES)), key=len, reverse=True))
_CITY = r"[A-Z][\w.'’-]+(?:[ ](?:[A-Z][\w.'’-]+|of|de|la|del|upon|am)){0,3}"
_REGION = rf"(?:{'|'.join(US_STATES)}|{_NAMES})"
_CODE = r"(?:,?\s*\d{5}(?:-\d{4})?)?"
_PLACE = rf"{_CITY},\s*{_REGION}(?!\w){_CODE}(?:,?\s*(?:{_NAMES})(?!\w))?{_CODE}"
_WHOLE = re.compile(
    rf"^\(?(?:{_PLACE}|{_REGION}|Remote(?:\s*[,(/-].{{0,30}})?|[\w .'’-]{{3,30}}\s*\(Remote\)|City,? ?, State|"
    rf"Washington,? D\.?C\.?|New York City|NYC|{_CITY}\s*/\s*Remote|Hybrid|On-?site)\)?$"
)
_NOT_A_CITY = re.compile(
    r"\b(?:University|College(?! Station| Park)|JNTU|IIT|NIT|BITS|Polytechnic|Academy|Institute|School|"
    r"Inc|LLC|Ltd|Bank|Hospital|Technologies|Systems|Solutions|Company|Corporation|"
    r"Corp|Group|Services|Medical|Insurance|Consulting|Healthcare)\b"
)
_AT_END = re.compile(rf"\(?(?P<place>{_PLACE}|Remote)\)?\s*$")
_ANYWHERE = re.compile(_PLACE)
_LOOSE = re.compile(rf"{_CITY},?\s+{_REGION}(?!\w){_CODE}")
_PART = re.compile(r"(?:^|[,(|–—\t]|\s-)\s*(?=[A-Z(])")
_WORD = re.compile(r"(?<=\s)(?=[A-Z])")


def is_place(text: str) -> bool:
    """The whole text is a place."""
    return len(text) <= 60 and _WHOLE.match(text.strip()) is not None and _NOT_A_CITY.search(text) is None


def place_at_end(text: str) -> tuple[int, int] | None:
    """Offsets of a place that ends the text, as in 'Verizon, Dallas, TX': after a comma rather than inside a name."""
    for beginnings in (_PART, _WORD):
        for beginning in beginnings.finditer(text):
            match = _AT_END.match(text, beginning.end())
            if match:
                return match.span("place")
    return None


def place_behind_name(text: str) -> tuple[int, int] | None:
    """Offsets of a place set off from a name before it, as in 'Wayne State University, Detroit, MI - B.S.'."""
    for beginning in _PART.finditer(text):
        match = _ANYWHERE.match(text, beginning.end()) if beginning.end() else None
        if match and _NOT_A_CITY.search(match.group(0)) is None:
            return match.span()
    return None


def place_within(text: str) -> tuple[int, int] | None:
    """Offsets of the first place anywhere in the text, also without the comma ('Seattle, Washington 98105 US')."""
    found = _ANYWHERE.search(text) or _LOOSE.search(text)
    return found.span() if found else None
