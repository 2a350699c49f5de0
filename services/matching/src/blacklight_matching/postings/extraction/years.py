"""Years of experience that a posting asks for (spec section 6.12, pain P-69).

The age of the company ("20 years in business"), of a person ("18 years or older") and of a contract ("2 year
contract") are no experience. A range and a minimum count; what is merely nice to have does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.company_name import company_names
from blacklight_matching.postings.extraction.sentences import Span, sentence_at, sentences
from blacklight_matching.postings.extraction.stretches import find_all, stretches

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_NUMBER = rf"(?:\d{{1,2}}(?:\.\d)?|{'|'.join(_WORDS)})"
_YEARS = re.compile(
    rf"(?<![\d$.,/-])(?P<low>{_NUMBER})\s*(?:\(\s*\d{{1,2}}\s*\))?\s*(?P<plus>\+|plus|or more)?\s*"
    rf"(?:(?:-|–|—|to|and)\s*(?P<high>{_NUMBER})\s*(?:\(\s*\d{{1,2}}\s*\))?\s*(?P<plus2>\+)?\s*)?"
    r"[-\s]*(?P<unit>years?|yrs?|year's|years')\b\.?(?P<plus3>\s*(?:\+|plus\b|or more|or longer|and above|and up|"
    r"minimum|min\b))?",
    re.IGNORECASE,
)
_MONTHS = re.compile(r"(?<![\d$.,/-])(?P<low>\d{1,2})\s*\+?\s*months?\s+(?:of\s+)?(?:\w+\s+)?experience", re.IGNORECASE)
_LABELLED = re.compile(
    r"\b(?:years|yrs)(?:\s+(?:of\s+)?(?:experience|exp|required|needed))?\s*[:=]\s*(?P<low>\d{1,2})(?!\d)"
    r"\s*\+?(?:\s*(?:-|–|to)\s*(?P<high>\d{1,2}))?",
    re.IGNORECASE,
)
_AT_MOST = re.compile(r"\b(?:up\s*to|at most|no more than|max(?:imum)?(?: of)?|less than|under)\s*$", re.IGNORECASE)
_EXPERIENCE = re.compile(
    r"\b(?:experience[ds]?|exp|background|hands[- ]on|track record|work(?:ing|ed)?\s+(?:with|in|as|on)|"
    r"in a similar (?:role|position)|of\s+(?:\w+\s+){0,3}(?:development|programming|administration|testing|nursing|"
    r"accounting|support|design|management|engineering|practice|analysis|expertise|knowledge)|"
    r"developing|programming|managing|nursing|(?:must have|minimum|at least|requires?|required|requirements?|"
    r"qualifications?|practice|preferred|welcome)|"
    r"in the trade|time (?:served|on the job)|or more|we (?:ask|look|screen) for|"
    r"no (?:fewer|less) than|behind you|on the job)\b",
    re.IGNORECASE,
)
_OF_SKILL = re.compile(r"^\s*(?:of|in|with|as|using)\b", re.IGNORECASE)
_NOT_OF_THE_PERSON = re.compile(
    r"\b(?:in business|in the (?:business|industry|market)|history|founded|established|since \d{4}|anniversary|"
    r"for (?:over|more than|nearly|almost)\s+$|years? old|years? of age|or older|"
    r"serving (?:our )?(?:clients|customers)|"
    r"company has|firm has|our company|we have been|been (?:in|providing|serving|delivering|helping)|we bring|"
    r"we offer|"
    r"our (?:team|firm|clients|people|leadership|founders)|warranty|contract|assignment|duration|project length|"
    r"fortune|leader in|years? (?:in a row|ago|from now|warranty|plan|term)|per year|"
    r"a year|each year|"
    r"(?:four|4|two|2)[- ]year (?:degree|college|university|school)|degree program|past (?:\w+ )?years?|"
    r"last \w+ years?|over the (?:past|last|next)|next \w+ years?|vest(?:ing|ed|s)?|tenure|reporting years?|"
    r"years? of service|sabbaticals?|401)\b",
    re.IGNORECASE,
)
_NICE = re.compile(r"\b(?:preferred|a plus|nice to have|bonus|desirable|desired|ideally|advantage)\b", re.IGNORECASE)
_BOASTED_BEFORE = re.compile(
    r"\b(?:our|(?:company|firm|agency|organi[sz]ation|leader) with) (?:over |more than |nearly |almost |combined )?$",
    re.IGNORECASE,
)
_OF_THE_COMPANY = re.compile(
    r"^(?:,? (?:inc|llc|ltd|corp)\b\.?,?)?\s+(?:has|have|brings?|boasts?|offers?|with|celebrates)\b[^.;]*$",
    re.IGNORECASE,
)
_MOST_YEARS = 40
_NEAR = 60


@dataclass(frozen=True, slots=True)
class YearsAsked:
    """Years of experience asked for and the sentence that says so; `low` or `high` may be None, never both."""

    low: float | None
    high: float | None
    sentence: Span


def years_asked(text: str, company: str = "") -> YearsAsked | None:
    """The years a posting asks for, or None.

    Where several sentences ask for years of different skills, the largest minimum among the required ones is the
    total the candidate needs. Required ones come before preferred ones.

    Args:
        company: name of the company that hires; the years it boasts of itself are not asked for.
    """
    names = company_names(text, company)
    found = [
        (years, preferred) for years, preferred, start in _all_years(text) if not _is_of_the_company(text, start, names)
    ]
    required = [years for years, preferred in found if not preferred]
    candidates = required or [years for years, _ in found]
    if not candidates:
        return None
    return max(candidates, key=lambda years: (years.low or 0, years.high is not None, -years.sentence.start))


def years_in_field(value: str) -> YearsAsked | None:
    """The years in a field that is only about experience: "5-7", "3+", "5 years"."""
    match = re.fullmatch(
        rf"\s*({_NUMBER})\s*(\+)?\s*(?:(?:-|–|to)\s*({_NUMBER}))?\s*\+?\s*(?:years?|yrs?)?.*", value, re.I
    )
    if match is None:
        return None
    low, high = _value(match.group(1)), _value(match.group(3))
    return YearsAsked(low, high, Span(0, len(value))) if low is not None and _sane(low, high) else None


def _is_of_the_company(text: str, start: int, names: list[Span]) -> bool:
    """Whether years stand right after the company's name: "Kestrelmont has 25 years of experience"."""
    return any(
        name.end <= start <= name.end + _NEAR and _OF_THE_COMPANY.match(text[name.end : start]) for name in names
    )


def _all_years(text: str) -> list[tuple[YearsAsked, bool, int]]:
    """The years, whether they are only preferred, and where they stand."""
    spans = sentences(text)
    found: list[tuple[YearsAsked, bool, int]] = []
    where = stretches(text, ("year", "yrs", "yr ", "yr.", "yr,", "yr\n"))
    for match in find_all(_YEARS, text, where):
        sentence = sentence_at(spans, match.start()) or Span(match.start(), match.end())
        years = _reading(text, match, sentence)
        if years is not None and _is_about_the_person(text, match, sentence):
            found.append((years, bool(_NICE.search(text[sentence.start : sentence.end])), match.start()))
    for match in find_all(_LABELLED, text, where):
        sentence = sentence_at(spans, match.start()) or Span(match.start(), match.end())
        years = _reading(text, match, sentence)
        if years is not None:
            found.append((years, False, match.start()))
    for match in find_all(_MONTHS, text, stretches(text, ("month",))):
        sentence = sentence_at(spans, match.start()) or Span(match.start(), match.end())
        months = round(int(match.group("low")) / 12, 2)
        preferred = bool(_NICE.search(text[sentence.start : sentence.end]))
        found.append((YearsAsked(months, None, sentence), preferred, match.start()))
    return found


def _reading(text: str, match: re.Match[str], sentence: Span) -> YearsAsked | None:
    low, high = _value(match.group("low")), _value(match.group("high"))
    if low is None or not _sane(low, high):
        return None
    if high is None and _AT_MOST.search(text[sentence.start : match.start()]):
        return YearsAsked(None, low, sentence)
    return YearsAsked(low, high, sentence)


def _is_about_the_person(text: str, match: re.Match[str], sentence: Span) -> bool:
    before = text[max(sentence.start, match.start() - _NEAR) : match.start()]
    after = text[match.end() : min(sentence.end, match.end() + _NEAR)]
    unit = text[match.start() : match.end()]
    if (
        _BOASTED_BEFORE.search(before)
        or _NOT_OF_THE_PERSON.search(before)
        or _NOT_OF_THE_PERSON.search(unit + after[:40])
    ):
        return False
    if match.group("plus") or match.group("plus2") or match.group("plus3"):
        return True
    return bool(_EXPERIENCE.search(before + " " + after)) or bool(_OF_SKILL.match(after))


def _value(text: str | None) -> float | None:
    if not text:
        return None
    number = _WORDS.get(text.casefold())
    return float(number) if number is not None else float(text)


def _sane(low: float, high: float | None) -> bool:
    return low <= _MOST_YEARS and (high is None or low <= high <= _MOST_YEARS)
