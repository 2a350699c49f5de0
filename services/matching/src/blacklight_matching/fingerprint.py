"""When two postings are the same: content fingerprint and the id of a posting whose board gives none.

The fingerprint is the SHA-256 of four normalised fields, joined by line feeds:

    title        tidied, without requisition numbers, places, pay and contract words (`titles.clean_title`), words only
    company      words only, without the legal form at the end ("Inc", "LLC", ...)
    place        `places.canonical_place`
    description  without HTML, addresses of the web, mail addresses and tracking numbers; of the rest the letters,
                 digits, `+` and `#`, without the blanks between them

Everything is folded first (`folding.fold`: no case, no accents). A repost of one text on another board (other case,
blanks, punctuation, HTML, links) has the same fingerprint; two openings of one company under one title have different
descriptions or places and stay apart (P-43). Two postings without any description are never the same by content: their
fingerprint is None. The time window within which equal fingerprints are merged is the caller's (D-8).
"""

from __future__ import annotations

import functools
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

from blacklight_matching.folding import fold
from blacklight_matching.places import canonical_place
from blacklight_matching.plain_text import without_markup
from blacklight_matching.titles import clean_title

FINGERPRINT_VERSION = b"2"

_WEB_ADDRESS = re.compile(rb"(?:https?://|www\.)\S+")
_ADDRESS = re.compile(_WEB_ADDRESS.pattern + rb"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_TRACKING = re.compile(
    rb"#li-[\w-]+|\b(?:req(?:uisition)?|job|posting|reference|ref)\s*(?:id|no|number|code|#)\s*[:.#-]*\s*[\w-]*\d[\w-]*"
    rb"|\b(?:utm|src|trk|gh_jid)[\w-]*=\S*"
)
_TRACKING_STARTS = {
    b"": (b"req", b"job", b"posting", b"ref"),
    b"#": (b"#li-",),
    b"=": (b"utm", b"src", b"trk", b"gh_jid"),
}
"""How all that `_TRACKING` takes begins, by a sign that it holds in any case."""
_KEPT = bytes(code if code > 127 or chr(code).isalnum() or code in b"+#" else 32 for code in range(256))
_DROPPED = bytes(code for code in range(256) if _KEPT[code] == 32)
_LEGAL_FORM = re.compile(
    rb"(?:\s+(?:inc|incorporated|llc|l l c|ltd|limited|corp|corporation|co|company|gmbh|plc|lp|llp|pvt|private|the))+$"
)
_FEWEST_WORDS = 8
"""A description shorter than this says too little to tell two openings apart."""
_START = 200
"""Characters that nearly always hold so many words."""
_REMEMBERED = 20_000
"""Titles, companies and places come again and again."""


def fingerprint(title: str, company: str, location: str, description: str) -> str | None:
    """64 hex digits that equal postings share; None when the description says too little to compare.

    Args:
        title, company, location: as the board shows them.
        description: plain text or HTML.
    """
    body = _without_numbers(_without_addresses(fold(without_markup(description))))
    if len(_words(body[:_START], _FEWEST_WORDS)) < _FEWEST_WORDS > len(_words(body, _FEWEST_WORDS)):
        return None
    text = body.translate(_KEPT, _DROPPED)
    fields = (FINGERPRINT_VERSION, _normal_title(title), _company(company), _normal_place(location), text)
    return hashlib.sha256(b"\n".join(fields)).hexdigest()


def normal_company(company: str) -> str:
    """A company for comparing: "Acme Data, Inc." and "ACME DATA" are one."""
    return _company(company).decode()


@functools.lru_cache(_REMEMBERED)
def _company(company: str) -> bytes:
    words = b" ".join(_words(fold(html.unescape(company))))
    return _LEGAL_FORM.sub(b"", words) or words


@functools.lru_cache(_REMEMBERED)
def _normal_title(title: str) -> bytes:
    return b" ".join(_words(fold(clean_title(title))))


@functools.lru_cache(_REMEMBERED)
def _normal_place(location: str) -> bytes:
    return canonical_place(location).encode("utf-8", "surrogatepass")


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


def _without_addresses(text: bytes) -> bytes:
    if b"@" in text:
        return _ADDRESS.sub(b" ", text)
    return _WEB_ADDRESS.sub(b" ", text) if b"://" in text or b"www." in text else text


def _without_numbers(text: bytes) -> bytes:
    """`_TRACKING.sub(b" ", text)`, tried only at the few places where it may begin."""
    kept: list[bytes] = []
    end = 0
    starts = [start for sign, words in _TRACKING_STARTS.items() if sign in text for start in words]
    for start in sorted(_places(text, starts)):
        found = _TRACKING.match(text, start) if start >= end else None
        if found is not None:
            kept.append(text[end : found.start()])
            end = found.end()
    return b" ".join([*kept, text[end:]]) if kept else text


def _places(text: bytes, starts: Sequence[bytes]) -> Iterator[int]:
    for start in starts:
        place = text.find(start)
        while place >= 0:
            yield place
            place = text.find(start, place + 1)


def _words(text: bytes, most: int = -1) -> list[bytes]:
    """The words of a folded text; with `most`, only so many and then the rest in one."""
    return text.translate(_KEPT).split(None, most)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
