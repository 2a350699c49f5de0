"""The reader that Q4 is laid beside: one expression a field, as the old system's importer had (spec section 6.12).

First line as the title; "at X", "join X" or a label as the company; "City, XX" or "in X" as the place; a word anywhere
in place or the first 500 characters as remote; the first number after a currency sign as pay, without thousand
separators. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMPANY = re.compile(
    r"\b(?:company|client|posted by)\b:?\s*([^\n,|]{2,50}?)(?:\s+on\b|[\n.,|]|$)|\b(?:at|"
    r"join)\s+([A-Z][\w&]*(?: [A-Z][\w&]*){0,3})",
    re.I | re.M,
)
_PLACE = re.compile(
    r"\blocation\b:?\s*([^\n|]{2,60})|\b([A-Z][a-z]+(?: [A-Z][a-z]+)?, [A-Z]{2})\b|"
    r"\bin ([A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
_REMOTE = ("remote", "work from home", "wfh", "telecommute", "distributed", "anywhere", "virtual")
_PAY = re.compile(r"([$£€])\s?(\d+(?:\.\d+)?)(k)?(?:\s*-\s*[$£€]?(\d+(?:\.\d+)?)(k)?)?(\s*(?:/|per )\s*hour)?", re.I)
_CONTRACT = (
    ("CONTRACT", "contract"),
    ("PART_TIME", "part-time"),
    ("FULL_TIME", "full-time"),
    ("FULL_TIME", "permanent"),
)
_SIGNS = {"$": "USD", "£": "GBP", "€": "EUR"}


@dataclass(frozen=True)
class Former:
    """What the former reader says."""

    title: str
    company: str
    place: str
    workplace: str
    contract_types: tuple[str, ...]
    pay: tuple[float | None, float | None, str, str] | None


def read(text: str) -> Former:
    """Reads a page or a body."""
    lowered = text.lower()
    first = next((line.strip(" #*") for line in text.split("\n") if line.strip()), "")
    company, place = _COMPANY.search(text), _PLACE.search(text)
    return Former(
        title=first,
        company=next((group for group in company.groups() if group), "") if company else "",
        place=next((group for group in place.groups() if group), "") if place else "",
        workplace="REMOTE" if any(word in lowered[:500] for word in _REMOTE) else "",
        contract_types=tuple(dict.fromkeys(kind for kind, word in _CONTRACT if word in lowered))[:1],
        pay=_pay(text),
    )


def _pay(text: str) -> tuple[float | None, float | None, str, str] | None:
    match = _PAY.search(text)
    if match is None:
        return None
    low = _amount(match.group(2), bool(match.group(6)))
    high = _amount(match.group(4), bool(match.group(6))) if match.group(4) else None
    return low, high, _SIGNS[match.group(1)], "YEAR"


def _amount(digits: str, hourly: bool) -> float:
    amount = float(digits)
    if hourly:
        return amount * 2080
    return amount * 1000 if amount < 1000 else amount
