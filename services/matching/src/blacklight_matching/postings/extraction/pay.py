"""Pay stated in a posting (pain P-69: thousand separators, hourly rates, "k", and the first number is not it)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.stretches import find_all, stretches

_CODES = "USD|CAD|AUD|EUR|GBP|INR|CHF|PLN|SEK|NOK|DKK|SGD|NZD|JPY|CZK|MXN|AED|HKD|ZAR|BRL"
_CURRENCIES = {code.lower(): code for code in _CODES.split("|")} | {
    "us$": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "s$": "SGD", "€": "EUR", "euro": "EUR",
    "euros": "EUR", "£": "GBP", "₹": "INR", "rs": "INR", "rs.": "INR", "zł": "PLN", "¥": "JPY",
}  # fmt: skip
_DOLLARS = {"CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD"}
"""Whose "$" is a dollar of its own."""
_SIGN = rf"(?:US\$|C\$|CA\$|AU?\$|S\$|[$€£₹¥]|\b(?:{_CODES}|Rs\.?)(?=\s*[\d$]))"
_AFTER_SIGN = rf"(?:{_CODES}|€|£|₹|zł|euros?)"
_AMOUNT = r"\d{1,3}(?:[, ']\d{3})+(?:\.\d{1,2})?(?!\d)|\d{1,3}(?:\.\d{3})+(?!\d)|\d+(?:\.\d+)?"
_TIMES = r"k\b|lakhs?|lpa|lacs?|m(?:illion|m)?\b"
_UNIT = (
    r"(?:/|\bper\b|\ban?\b|\bp\.?|\beach\b|(?:gross|net)\s+(?:per|a))?\s*(?P<unit>hours?|hourly|hrs?|h\b|years?|"
    r"yearly|yrs?|"
    r"annum|anum|annually|annual|pa\b|p\.?\s?a\.?(?!\w)|months?|monthly|mo\b|days?|daily|weeks?|weekly|wk\b)"
)
_ASIDE = r"(?:\s*\([^()]{0,40}\))?"
_PAY = re.compile(
    rf"(?:(?P<sign>{_SIGN})\s?|(?<![A-Za-z\d])(?!1099\b))(?P<low>{_AMOUNT})\s?(?P<times>{_TIMES})?\+?\s*(?P<code1>{_AFTER_SIGN})?{_ASIDE}"
    rf"(?:\s*(?:/\s?hr\.?|per hour)?\s*(?:-|–|—|to|and)\s*(?P<sign2>{_SIGN})?\s?"
    rf"(?P<high>{_AMOUNT})\s?(?P<times2>{_TIMES})?\+?{_ASIDE})?"
    rf"\s*(?P<code2>{_AFTER_SIGN})?\s*(?:{_UNIT})?",
    re.IGNORECASE,
)
_STARTING = ("rate", "pay", "earn", "ote", "lac", "euro", "rs.", "rs ", *_CODES.casefold().split("|"))
_WORDS = (
    "$", "€", "£", "₹", "¥", "zł", "salary", "compensation", "wage", "remuneration", "ctc", "hourly", "package", "lakh",
    "lpa", "budget", *(before + word for word in _STARTING for before in (" ", "\n")),
)  # fmt: skip
_TALKS_PAY = re.compile(
    r"\b(?:salary|pay|rate|compensation|wages?|remuneration|base|ctc|ote|hourly|package|earn(?:ings)?|"
    r"budget|max(?:imum)?)\b",
    re.IGNORECASE,
)
_NOT_PAY = re.compile(
    r"\b(?:revenue|funding|seed|round|turnover|grants?|prize|worth|raised|million|billion|budgets? of|valued|"
    r"valuation|assets|sales of|bonus|sign[- ]on|"
    r"referral|stipend|reimburse\w*|401|tuition|insurance|"
    r"deposit|contracts? worth|portfolio|transactions?|relocation|per diem|"
    r"customers?|users|equity|shares|donat\w+|savings?|investment|market cap)\b",
    re.IGNORECASE,
)
_UP_TO = re.compile(r"\b(?:up\s*to|max(?:imum)?(?: of)?|no more than)\W*$", re.IGNORECASE)
_ENDS = re.compile(r"[.;,()]|\b(?:plus|and|based|depend\w+|with|or)\b|[+&]", re.IGNORECASE)
_UNIT_BEFORE = re.compile(
    r"\b(hourly|daily|weekly|monthly|annual|yearly|(?:day|hour|week|month|year)(?= rate)|"
    r"per (?:hour|day|week|month|year))\b",
    re.I,
)
_NEAR = 45
_BY_SIZE = ((15_000, "YEAR"), (1_500, "MONTH"), (5, "HOUR"))


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay as stated.

    Attributes:
        min, max: amounts in `currency` per `period`; one of them may be None ("up to", "from").
        currency: ISO 4217; empty where the text names none.
        period: HOUR, DAY, WEEK, MONTH or YEAR.
        span: where the text states it.
    """

    min: float | None
    max: float | None
    currency: str
    period: str
    span: Span


def find_pay(text: str, country: str = "") -> Pay | None:
    """The pay a posting states, or None. Never a revenue, a bonus, a budget or a bare number.

    Args:
        country: ISO 3166-1, where the work is; tells whose dollars "$" means.
    """
    return best_pay(pays_in(text, country))


def pays_in(text: str, country: str = "") -> list[Pay]:
    """Every pay that a text states, in order."""
    where = stretches(text, _WORDS)
    return [pay for match in find_all(_PAY, text, where) if (pay := _reading(text, match, country)) is not None]


def best_pay(pays: Sequence[Pay]) -> Pay | None:
    """The first range of them, else the first; None of none."""
    return max(pays, key=lambda pay: (pay.max is not None and pay.min is not None, -pay.span.start), default=None)


def pays_in_field(value: str, country: str = "") -> list[Pay]:
    """Every pay in a field that is only about pay: "60-70/hr", "90k", "$120,000"."""
    text = f"Pay: {value[:120]}"
    shift = len(text) - len(value[:120])
    return [replace(pay, span=Span(pay.span.start - shift, pay.span.end - shift)) for pay in pays_in(text, country)]


def pay_in_field(value: str, country: str = "") -> Pay | None:
    """The pay in a field that is only about pay."""
    return best_pay(pays_in_field(value, country))


def pay_of_amounts(low: float | None, high: float | None, currency: str) -> Pay | None:
    """The pay of a board's own two amounts, whose size tells the period; None where they are absent or absurd."""
    amounts = [amount for amount in (low, high) if amount]
    if not amounts or (low and high and low > high):
        return None
    period = next((period for least, period in _BY_SIZE if max(amounts) >= least), None)
    if period is None or not _sane(min(amounts), max(amounts), period):
        return None
    return Pay(low or None, high or None, currency.strip().upper(), period, Span(0, 0))


def _reading(text: str, match: re.Match[str], country: str) -> Pay | None:
    signs = [match.group(name) for name in ("code1", "code2", "sign", "sign2")]
    sign = next((sign for sign in signs if sign), None)  # "$110k AUD": the code says whose dollars
    before = text[max(0, match.start() - _NEAR) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + _NEAR].partition("\n")[0]
    unit_before = _UNIT_BEFORE.search(before)
    unit_given = _unit_of(match.group("unit")) or (
        _unit_of(unit_before[1].removeprefix("per ")) if unit_before else None
    )
    talks = bool(_TALKS_PAY.search(before))
    if not sign and not (talks and (unit_given or match.group("times") or match.group("times2"))):
        return None
    if _NOT_PAY.search(_last_clause(before)) or _NOT_PAY.search(_ENDS.split(after)[0]):
        return None
    if not (talks or unit_given or match.group("times") or match.group("high")):
        return None
    low = _amount(match.group("low"), match.group("times") or match.group("times2"))
    high = _amount(match.group("high"), match.group("times2") or match.group("times")) if match.group("high") else None
    unit = unit_given or _likely_unit(low, talks)
    if unit is None or not _sane(low, high, unit):
        return None
    currency = _currency(sign or "", match.group("times") or "", country)
    span = Span(
        match.start() + len(match.group()) - len(match.group().lstrip()), match.start() + len(match.group().rstrip())
    )
    if high is None and _UP_TO.search(before):
        return Pay(None, low, currency, unit, span)
    return Pay(low, high, currency, unit, span)


def _currency(sign: str, times: str, country: str) -> str:
    if sign == "$":
        return _DOLLARS.get(country, "USD")
    return _CURRENCIES.get(sign.casefold(), "INR" if times.casefold().startswith("l") else "")


def _last_clause(before: str) -> str:
    return re.split(r"[.;,]\s", before)[-1]


def _amount(digits: str, times: str | None) -> float:
    thousands = re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits) is not None
    amount = float(re.sub(r"[,.\s']" if thousands else r"[,\s']", "", digits))
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


def _likely_unit(low: float, talks: bool) -> str | None:
    """The unit of an amount that names none: a few dollars after "rate" are hourly, five digits are a year's."""
    if low >= 15_000:
        return "YEAR"
    return "HOUR" if talks and 7 <= low <= 300 else None


def _sane(low: float, high: float | None, unit: str) -> bool:
    limits = {"HOUR": (5, 1_000), "DAY": (40, 8_000), "WEEK": (150, 40_000), "MONTH": (400, 600_000),
              "YEAR": (8_000, 20_000_000)}  # fmt: skip
    least, most = limits[unit]
    return least <= low <= most and (high is None or low <= high <= most)
