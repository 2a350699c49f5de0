"""How what was read of mails is laid beside the truth: values of each field, jobs paired, hits and misses counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from blacklight_matching.postings.extraction.company_name import without_legal_form
from blacklight_matching.titles import clean_title

FIELDS = ("title", "company", "place", "remote", "contract", "pay")
_BRACKETS = re.compile(r"\([^)]*\)")
_REST = re.compile(r",\s|\s[-–|]\s")
_LEVELS = re.compile(r"\b(?:senior|sr|junior|jr|lead|principal|staff)\b\.?(?=\s+\S+\s+\S)", re.IGNORECASE)
_PAID = {"W2", "C2C", "FORM_1099"}
Job = Mapping[str, Any]
Values = dict[str, set[str]]
Counts = dict[str, tuple[int, int, int]]
"""By field: right, stated, true."""


def values(job: Job) -> Values:
    """The values of a job as they are compared; a field that is not said has none.

    Levels, and what stands in brackets or after a comma or dash, are no part of a title (as in Q4); a country alone
    is no place. CONTRACT beside a way of being paid says nothing more. A single amount is a range of one.
    """
    contracts = set(job["contract"])
    if contracts & _PAID:
        contracts -= {"CONTRACT"}
    return {
        "title": _text(_LEVELS.sub(" ", _REST.split(clean_title(_BRACKETS.sub(" ", job["title"])))[0])),
        "company": _text(without_legal_form(job["company"])),
        "place": {place.casefold() for place in job["places"] if "," in place},
        "remote": {job["remote"]} - {""},
        "contract": contracts,
        "pay": _pay(job["pay"]),
    }


def _text(said: str) -> set[str]:
    plain = " ".join(re.findall(r"[\w+#.]+", said.casefold()))
    return {plain} - {""}


def _pay(pay: Mapping[str, Any] | None) -> set[str]:
    if pay is None:
        return set()
    low = pay["min"] if pay["min"] is not None else pay["max"]
    high = pay["max"] if pay["max"] is not None else pay["min"]
    return {f"{low:g}-{high:g} {pay['currency'] or 'USD'} {pay['period']}"}


def compare(found: Sequence[Job], true: Sequence[Job]) -> Counts:
    """The counts of one mail; jobs are paired so that most values agree, each once."""
    read, said = [values(job) for job in found], [values(job) for job in true]
    counts = {field: [0, 0, 0] for field in FIELDS}
    for one, other in _pairs(read, said):
        for field in FIELDS:
            counts[field][0] += _right(field, one[field], other[field])
    for side, all_values in ((1, read), (2, said)):
        for one in all_values:
            for field in FIELDS:
                counts[field][side] += len(one[field])
    return {field: (count[0], count[1], count[2]) for field, count in counts.items()}


def _pairs(read: list[Values], said: list[Values]) -> list[tuple[Values, Values]]:
    scored = sorted(
        ((_agreeing(one, other), -abs(n - m), n, m) for n, one in enumerate(read) for m, other in enumerate(said)),
        reverse=True,
    )
    pairs, used_read, used_said = [], set(), set()
    for _, _, n, m in scored:
        if n not in used_read and m not in used_said:
            pairs.append((read[n], said[m]))
            used_read.add(n)
            used_said.add(m)
    return pairs


def _agreeing(one: Values, other: Values) -> int:
    return sum(_right(field, one[field], other[field]) > 0 for field in FIELDS)


def _right(field: str, stated: set[str], true: set[str]) -> int:
    """How many values are right; a company by a beginning of its name too, as in Q4."""
    if field != "company" or not (stated and true):
        return len(stated & true)
    shorter, longer = sorted((next(iter(stated)).split(), next(iter(true)).split()), key=len)
    return int(longer[: len(shorter)] == shorter)


def f1(mails: Sequence[Counts], field: str) -> float:
    """F1 of a field over mails."""
    right, stated, true = (sum(mail[field][n] for mail in mails) for n in range(3))
    return 2 * right / (stated + true) if stated + true else 1.0


def mean_f1(mails: Sequence[Counts]) -> float:
    """The mean over the fields."""
    return sum(f1(mails, field) for field in FIELDS) / len(FIELDS)
