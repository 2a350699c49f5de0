"""Amounts as only mails write them: "50/hr", "C2C - $82", "85 to 95k". Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from blacklight_matching.postings.extraction.pay import Pay
from blacklight_matching.postings.extraction.rates import across_ways
from blacklight_matching.postings.extraction.sentences import Span

_HOURLY = re.compile(
    r"(?<![\d.,$€£:/-])(?P<low>\d{2,3}(?:\.\d{1,2})?)(?:\s*(?:-|–|to)\s*(?P<high>\d{2,3}(?:\.\d{1,2})?))?"
    r"\s*(?:/|per|an)\s*(?:hr|hour)\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\$\s?(?P<low>\d{2,3}(?:\.\d{2})?)(?:\s*(?:-|–|to)\s*\$?(?P<high>\d{2,3}(?:\.\d{2})?))?(?![\d,]|\s?[kKmM%]\b|\.\d)"
)
_LEAST_HOUR, _MOST_HOUR = 12, 400
_MOST_AMOUNTS = 50
_THOUSANDS = re.compile(r"(?<![\d.,-])\$?(?P<low>\d{2,3})k?\s*(?:-|–|to)\s*\$?(?P<high>\d{2,3})\s?k\b", re.IGNORECASE)


def yearly_pay(text: str) -> Pay | None:
    """Thousands a year without a sign: "85 to 95k"; or None."""
    match = _THOUSANDS.search(text)
    if match is None:
        return None
    low, high = (1000 * float(each) for each in (match["low"], match["high"]))
    return Pay(low, high, "USD", "YEAR", Span(match.start(), match.end())) if low <= high else None


def hourly_pay(text: str, offered: Iterable[str] = ()) -> Pay | None:
    """A bare amount an hour, as mails write it: "50/hr", "55 - 60 per hour"; or None."""
    return _rate(_HOURLY, text, "", offered)


def bare_pay(text: str, offered: Iterable[str] = ()) -> Pay | None:
    """An amount in dollars without a unit, in a mail about work that is paid by the hour: "C2C - $82"; or None."""
    return _rate(_BARE, text, "USD", offered)


def _rate(pattern: re.Pattern[str], text: str, currency: str, offered: Iterable[str]) -> Pay | None:
    """The first amount, or those for each way of being paid as one."""
    found = []
    for match in itertools.islice(pattern.finditer(text), _MOST_AMOUNTS):
        low, high = (float(each) for each in (match["low"], match["high"] or match["low"]))
        if _LEAST_HOUR <= low <= high <= _MOST_HOUR:
            found.append(Pay(low, high, currency, "HOUR", Span(match.start(), match.end())))
    return across_ways(text, found, offered) or next(iter(found), None)
