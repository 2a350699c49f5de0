"""Which stated values of Q4 are in the text and which are made up: by program, for every field. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from blacklight_matching.places import STATES
from blacklight_matching.postings.extraction import ExtractedFields, Pay, Place
from blacklight_matching.postings.extraction.gazetteer import PROVINCES, cities, countries, folded

_WORDS: dict[str, str] = {
    "REMOTE": r"remote|telecommut|telework|work(?:ing)?[- ]from|wfh|virtual|home|anywhere",
    "HYBRID": r"hybrid|remote|home|office|on-?\s?site|telecommut",
    "ONSITE": r"on-?\s?site|office|remote|telecommut|in-person|wfh|home|virtual",
    "FULL_TIME": r"full|perm|fte|direct|regular|paye", "PART_TIME": r"part", "INTERNSHIP": r"intern",
    "CONTRACT": r"contract|freelance|c2c|corp|fixed|b2b|month|duration|assign", "CONTRACT_TO_HIRE": r"hire|c2h|cth|"
        r"perm",
    "W2": r"w-?2", "C2C": r"c2c|corp", "FORM_1099": r"1099", "TEMPORARY": r"temp|season",
    "US_CITIZEN": r"citizen|usc|visa", "GREEN_CARD": r"green|gc|resident|visa", "H1B": r"h-?1|visa", "EAD": r"ead|"
        r"visa",
    "OPT": r"opt|visa", "CPT": r"cpt|visa", "TN": r"\btn\b|visa", "L1": r"l-?1",
    "OFFERED": r"sponsor|visa|h-?1|transfer|work permit", "NOT_OFFERED": r"sponsor|visa",
    "PUBLIC_TRUST": r"public trust", "SECRET": r"secret", "TOP_SECRET": r"secret|ts|q clear", "TS_SCI": r"sci",
}  # fmt: skip
_CURRENCIES = {
    "USD": r"\$|usd", "GBP": r"£|gbp", "EUR": r"€|eur", "INR": r"₹|rs|inr|lakh|lac|lpa", "CAD": r"\$|cad", "AUD":
        r"\$|aud",
}  # fmt: skip
_PERIODS = {"HOUR": r"h", "DAY": r"d", "WEEK": r"w", "MONTH": r"m"}


def invented(said: ExtractedFields) -> tuple[list[str], int]:
    """(values that the text does not hold, number of values stated)."""
    text = _plain(said.text)
    checks: list[tuple[str, bool]] = [("title " + said.title, _has_words(said.title, text))] if said.title else []
    checks += [("company " + said.company, _has_words(said.company, text))] if said.company else []
    checks += [(f"place {place}", _has_place(place, text)) for place in said.places]
    checks += [(word, bool(re.search(_WORDS[word], text))) for word in _stated_words(said)]
    checks += [(f"pay {said.pay}", _has_pay(said.pay, text))] if said.pay else []
    checks += [(f"years {said.years}", _has_years(said, text))] if said.years else []
    checks += (
        [(f"posted {said.posted_date}", bool(re.search(r"ago|today|yesterday|post|20\d\d|week", text)))]
        if said.posted_date
        else []
    )
    checks += [(f"skill {skill.name}", all(span.end > span.start for span in skill.mentions)) for skill in said.skills]
    spans = [span for group in said.spans.values() for span in group]
    checks += [("span", 0 <= span.start < span.end <= len(said.text)) for span in spans]
    return [name for name, held in checks if not held], len(checks) - len(spans)


def _stated_words(said: ExtractedFields) -> list[str]:
    return [word for word in (said.workplace, said.sponsorship, said.clearance) if word] + [
        *said.contract_types,
        *said.work_authorizations,
    ]


def _has_words(value: str, text: str) -> bool:
    return all(word in text for word in re.findall(r"[\w+#]+", _plain(value)))


def _has_place(place: Place, text: str) -> bool:
    names = [place.city]
    if place.city:
        names += [name for name, found in cities().items() if (place.city, place.region, place.country) in found]
        return any(_spelled(name, text) for name in names)
    if place.region:
        names = [place.region, *_region_names(place.region)]
    else:
        names = [place.country, *(name for name, code in countries().items() if code == place.country)]
    return any(_spelled(name, text) for name in names if name)


def _region_names(code: str) -> list[str]:
    known = {name: short.upper() for name, short in STATES.items()} | PROVINCES
    return [name for name, short in known.items() if short == code]


def _spelled(name: str, text: str) -> bool:
    return f" {_stream(folded(name))} " in f" {_stream(text.replace('.', ''))} "


def _stream(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def _has_pay(pay: Pay, text: str) -> bool:
    squeezed = re.sub(r"(?<=\d)[,.' ](?=\d)", "", text)
    amounts = all(amount is None or _has_amount(amount, text, squeezed) for amount in (pay.min, pay.max))
    currency = not pay.currency or bool(re.search(_CURRENCIES.get(pay.currency, pay.currency.casefold()), text))
    return amounts and currency and bool(re.search(_PERIODS.get(pay.period, ""), text))


def _has_amount(amount: float, text: str, squeezed: str) -> bool:
    forms: list[Callable[[float], float]] = [
        lambda a: a,
        lambda a: a / 1_000,
        lambda a: a / 100_000,
        lambda a: a / 1_000_000,
    ]
    return any(re.search(rf"(?<!\d){re.escape(f'{form(amount):g}')}", both) or f"{form(amount):.0f}" in both
               for form in forms for both in (text, squeezed) if form(amount) >= 1)  # fmt: skip


def _has_years(said: ExtractedFields, text: str) -> bool:
    assert said.years is not None
    sentence = _plain(said.quote(said.years.sentence))
    return (
        bool(re.search(r"\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty", sentence))
        and sentence in text
    )


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
