"""When two postings are the same: content fingerprint and the id of a posting whose board gives none.

The fingerprint is the SHA-256 of four normalised fields, joined by line feeds:

    title        tidied, without requisition numbers, places, pay and contract words (`titles.clean_title`),
    words only company      words only, without the legal form at the end ("Inc", "LLC", ...) place
    `places.canonical_place` description  words only, after HTML, addresses of the web and tracking numbers
    are gone

"Words only" means: NFKC, case-folded, accents removed, everything but letters, digits, `+` and `#` taken
for a blank. A repost of one text on another board (other case, blanks, HTML, links) has the same
fingerprint; two openings of one company under one title have different descriptions or places and stay
apart (P-43). Two postings without any description are never the same by content: their fingerprint is None.
The time window within which equal fingerprints are merged is the caller's (D-8).
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

from blacklight_matching.places import canonical_place
from blacklight_matching.plain_text import plain_text
from blacklight_matching.titles import clean_title

FINGERPRINT_VERSION = "1"

_WEB_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)
_TRACKING = re.compile(
    r"#li-[\w-]+|\b(?:req(?:uisition)?|job|posting|reference|ref)\s*(?:id|no|number|code|#)\s*[:.#-]*\s*[\w-]*\d[\w-]*"
    r"|\b(?:utm|src|trk|gh_jid)[\w-]*=\S*",
    re.IGNORECASE,
)
_TRACKING_STARTS = ("#li-", "req", "job", "posting", "ref", "utm", "src", "trk", "gh_jid")
"""How, in lower case, all that `_TRACKING` takes begins."""
_ALSO_I_OR_S = ("\u0130", "\u0131", "\u017f")
"""Letters that `re.IGNORECASE` takes for an i or an s although `str.lower` gives neither."""
_NOT_A_WORD = re.compile(r"[^\w+#]|_")
_LEGAL_FORM = re.compile(
    r"(?:\s+(?:inc|incorporated|llc|l l c|ltd|limited|corp|corporation|co|company|gmbh|plc|lp|llp|pvt|private|the))+$"
)
_ASCII_WORDS = {code: char if (char := chr(code)).isalnum() or char in "+#" else " " for code in range(128)}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_MOST_REPLACED = 64
_FEWEST_WORDS = 8
"""A description shorter than this says too little to tell two openings apart."""


def fingerprint(title: str, company: str, location: str, description: str) -> str | None:
    """64 hex digits that equal postings share; None when the description says too little to compare.

    Args:
        title, company, location: as the board shows them.
        description: plain text or HTML.
    """
    body = _words(_without_numbers(_without_addresses(plain_text(description))))
    if len(body.split()) < _FEWEST_WORDS:
        return None
    fields = [_words(clean_title(title)), normal_company(company), canonical_place(location), body]
    return _sha256("\n".join([FINGERPRINT_VERSION, *fields]))


def normal_company(company: str) -> str:
    """A company for comparing: "Acme Data, Inc." and "ACME DATA" are one."""
    words = _words(html.unescape(company))
    return _LEGAL_FORM.sub("", words) or words


def synthetic_id(platform: str, title: str, company: str, location: str) -> str:
    """The id of a posting whose board gives none: `syn-` and 16 hex digits (spec section 8.4).

    Each field is NFKC, case-folded, with runs of white space made one blank and the ends stripped; the four
    are joined by `|`. Hosts compute it in the same way, so this must never change.
    """
    fields = (
        " ".join(unicodedata.normalize("NFKC", field).casefold().split())
        for field in (platform, title, company, location)
    )
    return f"syn-{_sha256('|'.join(fields))[:16]}"


def _without_addresses(text: str) -> str:
    if "@" in text:
        return _ADDRESS.sub(" ", text)
    return _WEB_ADDRESS.sub(" ", text) if "://" in text or "www." in text.lower() else text


def _without_numbers(text: str) -> str:
    """`_TRACKING.sub(" ", text)`, tried only at the few places where it may begin."""
    low = text.lower()
    if len(low) != len(text) or any(letter in text for letter in _ALSO_I_OR_S):
        return _TRACKING.sub(" ", text)
    kept: list[str] = []
    end = 0
    for start in sorted(_places(low, _TRACKING_STARTS)):
        found = _TRACKING.match(text, start) if start >= end else None
        if found is not None:
            kept.append(text[end : found.start()])
            end = found.end()
    return " ".join([*kept, text[end:]])


def _places(text: str, words: Sequence[str]) -> Iterator[int]:
    for word in words:
        place = text.find(word)
        while place >= 0:
            yield place
            place = text.find(word, place + 1)


def _words(text: str) -> str:
    plain = text.lower() if text.isascii() else _without_accents(text)
    blanked = plain.translate(_ASCII_WORDS) if plain.isascii() else _NOT_A_WORD.sub(" ", plain)
    return " ".join(blanked.split())


def _without_accents(text: str) -> str:
    """Folded, without combining characters; where few characters are not ASCII, signs are blanks already."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    special = set(_NOT_ASCII.findall(folded))
    if len(special) > _MOST_REPLACED:
        return "".join(char for char in folded if not unicodedata.combining(char))
    for char in special:
        if unicodedata.combining(char):
            folded = folded.replace(char, "")
        elif _NOT_A_WORD.match(char):
            folded = folded.replace(char, " ")
    return folded


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
