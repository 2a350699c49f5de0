"""Pay stated in a posting (pain P-69: thousand separators, hourly rates, "k", and the first number is not it)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from blacklight_matching.postings.extraction.sentences import Span

_CURRENCIES = {"$": "USD", "us$": "USD", "usd": "USD", "c$": "CAD", "cad": "CAD", "€": "EUR", "eur": "EUR",
               "£": "GBP", "gbp": "GBP", "₹": "INR", "rs": "INR", "rs.": "INR", "inr": "INR"}  # fmt: skip
_SIGN = r"(?:US\$|C\$|[$€£₹]|\b(?:USD|CAD|EUR|GBP|INR|Rs\.?)(?=\s*\d))"
_AMOUNT = r"\d{1,3}(?:[,\s']\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d+)?"
_TIMES = r"k|lakhs?|lpa|lacs?|m(?:illion|m)?\b"
_UNIT = (
    r"(?:/|\bper\b|\ban?\b|\bp\.?)?\s*(?P<unit>hours?|hourly|hrs?|h\b|years?|yearly|yrs?|annum|annually|"
    r"annual|pa\b|p\.a\.|months?|monthly|mo\b|days?|daily|weeks?|weekly|wk\b)"
)
_PAY = re.compile(
    rf"(?P<sign>{_SIGN})?\s?(?P<low>{_AMOUNT})\s?(?P<times>{_TIMES})?\+?\s*(?P<code1>USD|CAD|EUR|GBP|INR)?"
    rf"(?:\s*(?:/\s?hr\.?|per hour)?\s*(?:-|–|—|to|and)\s*(?P<sign2>{_SIGN})?\s?"
    rf"(?P<high>{_AMOUNT})\s?(?P<times2>{_TIMES})?\+?)?"
    rf"\s*(?P<code2>USD|CAD|EUR|GBP|INR)?\s*(?:{_UNIT})?",
    re.IGNORECASE,
)
_TALKS_PAY = re.compile(
    r"\b(?:salary|pay|rate|compensation|wages?|remuneration|base|ctc|ote|hourly|package|earn(?:ings)?|"
    r"budget|max(?:imum)?)\b",
    re.IGNORECASE,
)
_NOT_PAY = re.compile(
    r"\b(?:revenue|funding|raised|million|billion|budgets? of|valued|valuation|assets|sales of|bonus|sign[- ]on|"
    r"referral|stipend|reimburse\w*|401|tuition|insurance|"
    r"deposit|contracts? worth|portfolio|transactions?|relocation|per diem|"
    r"customers?|users|equity|shares|donat\w+|savings?|investment|market cap)\b",
    re.IGNORECASE,
)
_UP_TO = re.compile(r"\b(?:up\s*to|max(?:imum)?(?: of)?|no more than)\W*$", re.IGNORECASE)
_NEAR = 45
_HOURS, _DAYS, _WEEKS, _MONTHS = 2080, 260, 52, 12
_PER_YEAR = {"HOUR": _HOURS, "DAY": _DAYS, "WEEK": _WEEKS, "MONTH": _MONTHS, "YEAR": 1}


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay as stated.

    Attributes:
        low, high: amounts in `currency` per `unit`; one of them may be None ("up to", "from").
        unit: HOUR, DAY, WEEK, MONTH or YEAR.
        start, end: span of the text that states it.
    """

    low: Decimal | None
    high: Decimal | None
    currency: str
    unit: str
    start: int
    end: int

    def per_year(self) -> tuple[int | None, int | None]:
        """(low, high) a year of full work: an hour x 2,080, a day x 260, whole currency units."""
        factor = _PER_YEAR[self.unit]
        low = None if self.low is None else int(self.low * factor)
        return low, None if self.high is None else int(self.high * factor)

    @property
    def span(self) -> Span:
        """Where the text states it."""
        return Span(self.start, self.end)


def find_pay(text: str) -> Pay | None:
    """The pay a posting states, or None. Never a revenue, a bonus, a budget or a bare number."""
    found = [pay for match in _PAY.finditer(text) if (pay := _reading(text, match)) is not None]
    return max(found, key=lambda pay: (pay.high is not None and pay.low is not None, -pay.start), default=None)


def _reading(text: str, match: re.Match[str]) -> Pay | None:
    sign = match.group("sign") or match.group("sign2") or match.group("code1") or match.group("code2")
    before = text[max(0, match.start() - _NEAR) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + _NEAR].partition("\n")[0]
    unit_given = _unit_of(match.group("unit"))
    talks = bool(_TALKS_PAY.search(before))
    if not sign and not (talks and (unit_given or match.group("times"))):
        return None
    if _NOT_PAY.search(_last_clause(before)) or _NOT_PAY.search(re.split(r"[.;,\n]", after)[0]):
        return None
    low = _amount(match.group("low"), match.group("times") or match.group("times2"))
    high = _amount(match.group("high"), match.group("times2") or match.group("times")) if match.group("high") else None
    unit = unit_given or _likely_unit(low, talks)
    if unit is None or not _sane(low, high, unit):
        return None
    indian = (match.group("times") or "").casefold().startswith("l")
    currency = _CURRENCIES.get((sign or "").casefold(), "INR" if indian else "USD")
    end = match.start() + len(match.group().rstrip())
    if high is None and _UP_TO.search(before):
        return Pay(None, low, currency, unit, match.start(), end)
    return Pay(low, high, currency, unit, match.start(), end)


def _last_clause(before: str) -> str:
    return re.split(r"[.;,]\s", before)[-1]


def _amount(digits: str, times: str | None) -> Decimal:
    amount = Decimal(re.sub(r"[,\s']", "", digits))
    scale = (times or "").casefold()
    if scale == "k":
        return amount * 1_000 if amount < 1_000 else amount
    if scale.startswith(("lakh", "lac", "lpa")):
        return amount * 100_000
    return amount * 1_000_000 if scale.startswith("m") else amount


def _unit_of(word: str | None) -> str | None:
    if word is None:
        return None
    first = word.casefold()
    if first.startswith("h"):
        return "HOUR"
    if first.startswith("d"):
        return "DAY"
    if first.startswith("w"):
        return "WEEK"
    return "MONTH" if first.startswith("m") else "YEAR"


def _likely_unit(low: Decimal, talks: bool) -> str | None:
    """The unit of an amount that names none: a few dollars after "rate" are hourly, five digits are a year's."""
    if low >= 15_000:
        return "YEAR"
    return "HOUR" if talks and 7 <= low <= 300 else None


def _sane(low: Decimal, high: Decimal | None, unit: str) -> bool:
    limits = {"HOUR": (5, 1_000), "DAY": (40, 8_000), "WEEK": (150, 40_000), "MONTH": (400, 600_000),
              "YEAR": (8_000, 20_000_000)}  # fmt: skip
    least, most = limits[unit]
    return least <= low <= most and (high is None or low <= high <= most)
