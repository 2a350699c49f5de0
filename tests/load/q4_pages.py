"""How the adverts of Q4 are shown to the reader: pages as boards lay them out, and bodies with a field held back.

The page forms print what the advert's header says where boards print it, most of them without naming it, between the
other words of a page. Which of the six forms an advert gets is drawn by its hash. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Advert = dict[str, Any]
SEED = 20270404


@dataclass(frozen=True)
class Header:
    """What the advert's author put above it."""

    title: str
    company: str
    place: str
    contract: str
    day: str


def header(advert: Advert) -> Header:
    """The header of an advert."""
    return Header(
        advert["title"].strip(),
        (advert["company"] or "").strip(),
        (advert["location"] or "").strip(),
        (advert["contract"] or "").strip(),
        advert["created"] or "",
    )


def key_of(advert: Advert) -> str:
    """Sixteen hex digits for an advert."""
    return hashlib.sha256((advert["path"] + advert["commit"]).encode()).hexdigest()[:16]


def is_held_back(advert: Advert) -> bool:
    """Whether its company is of the third that nothing was tuned on."""
    drawn = hashlib.sha256(f"{SEED}:{(advert['company'] or '').casefold()}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % 3 == 0


def page(advert: Advert) -> str:
    """The advert as a board's page, as text."""
    said = header(advert)
    form = _FORMS[int(key_of(advert), 16) % len(_FORMS)]
    return f"{form(said)}\n\n{advert['body_markdown']}\n"


def _own_board(said: Header) -> str:
    """The page of the board it was sent to, with its navigation."""
    by = f"Posted by {said.company} on {said.day}" if said.company else f"Posted on {said.day}"
    kind = f"Contract type: {said.contract}. " if said.contract else ""
    place = f"Location: {said.place}" if said.place else ""
    return f"Back to list\nPrevious Job\nNext Job\nReport a problem\n\n{said.title}\n\n{by}\n{kind}{place}\nTags:"


def _network(said: Header) -> str:
    line = " · ".join(part for part in (said.company, said.place) if part)
    return f"{said.title}\n{line}\n3 weeks ago · 41 applicants\n{said.contract}\nSave\nApply\nAbout the job"


def _lines(said: Header) -> str:
    parts = (said.title, said.company, said.place, said.contract)
    return "\n".join(part for part in parts if part) + "\nApply now\nJob description"


def _bars(said: Header) -> str:
    return " | ".join(part for part in (said.company, said.title, said.place, said.contract) if part)


def _letter(said: Header) -> str:
    rows = [
        ("Role", said.title),
        ("Client", said.company),
        ("Location", said.place),
        ("Employment type", said.contract),
    ]
    return "Hi,\n\nPlease see the opening below.\n\n" + "\n".join(f"{name}: {value}" for name, value in rows if value)


def _dashes(said: Header) -> str:
    first = " - ".join(part for part in (said.title, said.company, said.place) if part)
    return f"{first}\n{said.contract}"


_FORMS: tuple[Callable[[Header], str], ...] = (_own_board, _network, _lines, _bars, _letter, _dashes)
