"""Where the work is done, as far as the words say (pain P-69: "virtual machine" and "not remote" are not remote)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.stretches import find_all, find_first, stretches

REMOTE, HYBRID, ONSITE = "REMOTE", "HYBRID", "ONSITE"

_AWAY = r"(?:remote(?:ly)?|telecommut\w*|work(?:ing)? from home|wfh|telework\w*)"
_NOT_REMOTE = re.compile(
    rf"\b(?:not|no|non|never|isn'?t|cannot|can'?t|without|unable to|aren'?t)\b\W{{0,3}}(?:(?!only\b|just\b|"
    rf"necessar)[\w']+[ /,-]+){{0,5}}?"
    rf"(?:{_AWAY}|virtual)\b(?!\s+(?:{_AWAY}))"
    rf"|\b{_AWAY}(?:\s+\w+){{0,2}}\s+(?:is|are)\s+(?:not|unavailable|n't)\b|\bremote(?: work)?\s*[:=-]\s*no\b"
    r"|\bmust (?:work|be) (?:on[- ]?site|in (?:the |our )?office)\b|\b100\s*% on[- ]?site\b"
    r"|\b(?:required|expected|need(?:ed)?) to (?:be|work) (?:on[- ]?site|in (?:the |our )?office)\b"
    r"|\bon[- ]?site (?:only|position|role|job|work|required|in)\b|\b(?:role|position|job) is on[- ]?site\b"
    r"|\b(?:seeking|want|wish\w*) to (?:provide|work|offer) remote\w*\b",
    re.IGNORECASE,
)
_HYBRID = re.compile(
    r"\bhybrid\b(?!\s+(?:cloud|app|apps|application|mobile|model of|vehicle|environment|infrastructure|architecture|"
    r"framework|apps?|solutions?|integration|it\b|storage|deployments?|clouds?|on-?prem\w*|android|ios|search|"
    r"systems?))"
    rf"|\b{_AWAY}\W+(?:\w+\W+){{0,4}}(?:[1-4]|one|two|three|four)\s*(?:days?|x)\b"
    r"|\b(?:[1-4]|one|two|three|four)\s*(?:-\s*\d\s*)?days?\s+(?:a|per|every)?\s*(?:\d\s+)?(?:weeks?\s+|month\s+)?"
    r"(?:in (?:the |our )?office|in (?:[A-Z]\w+) |on[- ]?site|remote|from home|at home)\b"
    r"|\bpart(?:ial(?:ly)?|ly)[- ]remote\b|\bwork(?:ing)? from home (?:on|one|\d|some|certain|a few|policy|days?|"
    r"fridays?|when)\b"
    r"|\b(?:some|occasional|limited|partial) (?:remote(?: work\w*)?|work(?:ing)? from home|telecommuting|wfh)\b",
    re.IGNORECASE,
)
_THERE = r"(?:hybrid|(?:on[- ]?site|in[- ]office))"
_NOT_THERE = re.compile(
    rf"\b(?:not|no|non|never|neither|nor|isn['’]?t|aren['’]?t|doesn['’]?t|without)\b[ -]?(?:(?:an?|any|the|be"
    rf"|in|to|open|"
    rf"considered|offering|offered|as|requir\w+|need\w*)\s+){{0,4}}{_THERE}(?:\s*(?:,|/|\bor\b|\bnor\b|\band\b)\s*"
    rf"(?:(?:an?|no|not|any)\s+)?{_THERE})*(?!\s*(?:/|,?\s*\bn?or\b)\s*(?:\w+\s+)?{_AWAY})"
    rf"|\b{_THERE}(?: work)?\s*(?:[:=]\s*no\b|(?:(?:is|are)\s+)?not\s+(?:an option|available|possible|required"
    rf"|needed|offered))",
    re.IGNORECASE,
)
"""Words that deny a place other than home; "not hybrid or remote" denies that as well."""
_THINGS = (
    r"sensing|desktop|server|servers|access|monitoring|control|controls|procedure|host|hosts|machine|machines|"
    r"support|"
    r"site|sites|offices?|locations?|teams?|staff|workers|colleagues|customers?|clients?|employees|users?|systems?|"
    r"management|assistance|patient|troubleshooting|data|api|calls?|repositor\w+|administration|connectivity|"
    r"devices?|"
    r"areas?|villages?|infrastructure|execution|code|debugging|health|diagnostics?|installation|deployment|"
    r"(?:engineering|development|software|product|global|distributed) teams?|experience|sessions?|storage|"
    r"(?:/|and|or) distributed|village|regions?|communit\w+|learning|education|care|viewing|configuration|branch\w*|"
    r"object|"
    r"interviews?|in the past|meetings?|interview|world|parts|corners?|vehicles?|communication|collaboration|services"
)
_REMOTE = re.compile(
    r"\b(?:100\s*%|fully|completely|permanent(?:ly)?)\s+remote\b"
    rf"|(?<!\bexperience working )(?<!\bexperience with )\bremote(?:ly)?\b(?!\s+(?:{_THINGS})\b)"
    r"|\bwork(?:ing)?[- ]from[- ](?:home|anywhere)\b(?! (?:and have|during|due|hacks))|\bwfh\b|\btelecommut(?:e|"
    r"ing)\b(?!\s+not)"
    r"|\btelework\w*\b|\bvirtual\s+(?:position|role|job|office|work)\b|\bhome[- ]based (?:position|role|job)\b"
    r"|\bhome[- ]office based\b|\bour virtual team\b",
    re.IGNORECASE,
)
_WORDS = (
    "remote", "hybrid", "on-site", "onsite", "on site", "in the office", "in our office", "in-office", "in office",
    "office-based", "office based", "home office", "telecommut", "telework", "from home", "from-home", "from anywhere",
    "from-anywhere", "wfh", "virtual", "home-based", "home based", "at home", "in-person", "in person",
)  # fmt: skip
_ONSITE = re.compile(
    r"\b(?:on[- ]?site|in[- ]office|office[- ]based)\b(?!\s+(?:gym|bar|parking|caf\w+|visits?|lunch\w*|meals?|"
    r"snacks?|support|"
    r"events?|training|deployment|massage\w*|customer|client|childcare|day ?care|fitness|health|kitchen|medical|"
    r"chef|yoga|team|interviews?|doctor|coffee|search|analytics|perks|laundry|at client|and more|recruiting))"
    r"|\bin[- ]person (?:role|position|job|work)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Workplace:
    """REMOTE, HYBRID or ONSITE, and the words that say so (span in the text it was found in)."""

    kind: str
    span: Span


def find_workplace(text: str) -> Workplace | None:
    """What a text says about the place of work; None when nothing. A denial of remote work counts first; what denies
    that the work is elsewhere says nothing of where it is.

    "On site or remote" leaves the choice: it is remote.
    """
    where = stretches(text, _WORDS)
    text = _without_denials(text, where)
    for kind, pattern in ((ONSITE, _NOT_REMOTE), (HYBRID, _HYBRID), (REMOTE, _REMOTE), (ONSITE, _ONSITE)):
        match = find_first(pattern, text, where)
        if match is not None:
            return Workplace(kind, Span(match.start(), match.end()))
    return None


def _without_denials(text: str, where: Sequence[tuple[int, int]]) -> str:
    """The text, as long as before, with blanks for what is not so: "remote, not hybrid" is remote."""
    for match in list(find_all(_NOT_THERE, text, where)):
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return text
