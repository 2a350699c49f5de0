"""Where the work is done, as far as the words say (pain P-69: "virtual machine" and "not remote" are not remote)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span

REMOTE, HYBRID, ONSITE = "REMOTE", "HYBRID", "ONSITE"

_NOT_REMOTE = re.compile(
    r"\b(?:not?|non|never|isn'?t|is not|cannot be|can'?t be|without)\W{0,3}(?:\w+\W+){0,3}?"
    r"(?:remote(?:ly)?|telecommut\w*|work(?:ing)? from home|wfh|virtual)\b"
    r"|\bremote(?:\s+\w+){0,2}\s+(?:is\s+|are\s+)?(?:not|unavailable|n't)\b|\bremote\s*[:=-]\s*no\b"
    r"|\bmust (?:work|be) (?:on[- ]?site|in (?:the )?office)\b|\b100\s*% on[- ]?site\b",
    re.IGNORECASE,
)
_HYBRID = re.compile(
    r"\bhybrid\b(?!\s+(?:cloud|app|apps|application|mobile|model of|vehicle|environment|infrastructure|architecture|"
    r"framework|apps?|solutions?|integration|it\b))"
    r"|\b(?:remote|work from home|wfh)\W+(?:\w+\W+){0,3}(?:\d|one|two|three|four)\s*(?:days?|x)\b"
    r"|\b(?:\d|one|two|three|four)\s*days?\s+(?:a|per)?\s*(?:week\s+)?"
    r"(?:in (?:the )?office|on[- ]?site|remote|from home)\b",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    r"\b(?:100\s*%|fully|completely|permanent(?:ly)?)\s+remote\b"
    r"|\bremote(?:ly)?\b(?!\s+(?:sensing|desktop|server|servers|access|monitoring|control|controls|procedure|host|hosts|"
    r"machine|machines|support|site|sites|offices?|locations?|teams?|staff|workers|colleagues|customers?|clients?|employees|users?|systems?|management|assistance|"
    r"patient|troubleshooting|data|api|calls?|repositor\w+|administration|connectivity|devices?|areas?|villages?|"
    r"infrastructure|execution|code|debugging|health|diagnostics?|installation|deployment))"
    r"|\bwork(?:ing)?[- ]from[- ](?:home|anywhere)\b|\bwfh\b|\btelecommut(?:e|ing)\b(?!\s+not)|\btelework\w*\b"
    r"|\bvirtual\s+(?:position|role|job|office|work)\b|\bhome[- ]based (?:position|role|job)\b",
    re.IGNORECASE,
)
_ONSITE = re.compile(r"\b(?:on[- ]?site|in[- ]office|office[- ]based|in[- ]person)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Workplace:
    """REMOTE, HYBRID or ONSITE, and the words that say so (span in the text it was found in)."""

    kind: str
    span: Span


def find_workplace(text: str) -> Workplace | None:
    """What a text says about the place of work; None when nothing. A denial of remote work counts first."""
    for kind, pattern in ((ONSITE, _NOT_REMOTE), (HYBRID, _HYBRID), (REMOTE, _REMOTE), (ONSITE, _ONSITE)):
        match = pattern.search(text)
        if match is not None:
            return Workplace(kind, Span(match.start(), match.end()))
    return None
