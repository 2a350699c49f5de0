"""For whom the work is, as a mail says in its sentences: "our client Kestrel Aviation", "a tester for Acme". Pure."""

from __future__ import annotations

import re

from blacklight_matching.mailboxes.reading.lines import unwrapped
from blacklight_matching.postings.extraction.company_in_text import is_something_else
from blacklight_matching.postings.extraction.gazetteer import US_CODES, folded
from blacklight_matching.titles import ROLE_NOUNS

_W = r"(?:St\.|[A-Z][\w'’+-]*(?:\.(?:com|io|co|ai))?|\d[A-Z]\w*|[a-z]+[A-Z]\w+)"
_NAME = rf"(?:[Tt]he\s+)?(?P<name>{_W}(?: (?:(?:of|and|&|the|for) )?{_W}){{0,5}})"
_IN_PLACE = r"[ ]in[ ][A-Z][\w.]+(?:[ ][A-Z][\w.]+)?(?:,[ ][A-Z][A-Za-z]+)?,?"
_AMOUNT = r"\d+k?"
_KIND = (
    r"(?i:company|firm|start-?up|agency|business|organi[sz]ation|customer|client|bank|provider|retailer|manufacturer|"
    r"app|consultancy|hospital|university|insurer|chain|biotech|utility|carrier|maker)"
)
_NOUN = rf"(?i:\b(?:{'|'.join(sorted(map(re.escape, ROLE_NOUNS), key=len, reverse=True))})s?)"
_BEGINS = r"(?:^|(?<=[.!?:;]\s)|(?<=\s[-–—]\s)|(?<=^-\s))"
_ASIDE = rf"(?:,[^.\n]{{3,80}},|\s\([^()\n]{{2,80}}\)|{_IN_PLACE})?"
_HIRES = (
    r"(?i:(?:is|are|was)\s+(?:(?:now|currently|actively|also|urgently|still|just)\s+)*(?:hiring|looking|seeking|"
    r"recruiting|searching|adding|opening|building|growing|expanding|staffing|replacing|onboarding|hunting|after|"
    r"in need|in search|bringing)|(?:(?:just|also|has|have|recently|urgently|now|still)\s+)*(?:wants|needs|seeks|"
    r"requires|(?:opened|posted|released|approved|gave|given|sent|launched|has|have|offers|requested)\s+(?:us\s+|me\s+)?"
    r"(?:an?|two|three|one|several|some|up|\d)))\b"
)
_PATTERNS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"(?i:\b(?:end|direct|final)?\s*client(?:\s+name)?)\s*(?:(?i:is|called|named)|[:,(–-])?\s*\(?\s*{_NAME}",
        rf"\b{_KIND}\s*(?:(?i:called|named|is)|[,(–-])\s*{_NAME}",
        rf"\b(?:called|named)\s+{_NAME}",
        rf"\b(?i:asked|engaged|retained|hired|commissioned|instructed) by\s+{_NAME}",
        rf"(?:^|(?<=[.!?]\s)){_NAME}\s+(?i:is|are)\s+(?i:an?|the|one of)\s[^.\n]{{0,60}}\b(?:{_KIND}|(?i:group|"
        rf"practice|"
        rf"school|district|county|studio|shop|brand|manufacturer))\b",
        rf"\b(?i:helping|helps|assisting|supporting)(?:\s+out)?\s+{_NAME}(?:,|\s+)\s*(?i:who|which|find|hire|fill|"
        rf"with|to|in|grow|build|recruit)\b",
        rf"(?:^|(?<=[.!?]\s))(?:An?|Our|The|One of our|One of my)\s[^.,\n]{{3,60}},\s+{_NAME},\s",
        rf"(?i:\b(?:working|partner(?:ed|ing)?|engaged) with|\bretained by|\bon behalf of)\s+{_NAME}",
        rf"{_NOUN}(?:\s*\([^()\n]{{1,40}}\))?\s+(?i:for|with|at|@)\s+{_NAME}",
        rf"{_BEGINS}{_NAME}{_ASIDE}\s+{_HIRES}",
        rf"(?<![\w.&]){_NAME}{_ASIDE}\s+{_HIRES}",
        rf"(?i:\b(?:one|role|req|requirement|position|opening|job|vacancy)\s+(?:from|by))\s+{_NAME}",
        rf"(?i:contract|assignment|project|role|job|position|opening|opportunity|roles|openings|"
        rf"positions)\s+(?i:with|at|for)"
        rf"\s+{_NAME}",
        rf"\b(?i:team|project|program|department|group|rollout|migration)\s+(?i:at|for|with)\s+{_NAME}",
        rf"(?i:\bfor)\s+{_NAME}\s+(?i:in|located|based|at)\s+[A-Z]",
        rf"(?i:full[- ]?time|months?|w-?2|c2c|1099|hire|/hr|hour|{_AMOUNT})[,;]?\s+(?i:with|for|at)\s+{_NAME}",
        rf",\s+(?i:with|for|at)\s+{_NAME}\s*(?:[.;,]|$)",
        rf"\b(?i:join|joining|on-?\s?site (?:at|with)|based at|placed at|employed by|work(?:ing)? (?:for|at)|"
        rf"supporting)\s+{_NAME}",
        rf"{_NOUN},\s+(?P<name>{_W}(?: (?:of |& )?{_W}){{1,4}})(?=,\s+[A-Z][\w. ]{{2,30}},\s*[A-Z]{{2}}\b)",
    )
)
_NOT_A_NAME = re.compile(
    r"^(?:the|a|an|our|my|this|one|day|hi|hello|i|we|you|it|they|he|she|this|that|there|these|those|what|who|usc?|"
    r"gc|h1b|c2c|w2|remote|onsite|hybrid|immediate|confidential|"
    r"direct|title|role|location|rate|duration|java|python|sql|aws|azure|cloud|data|state of|united states|us|usa|"
    r"ireland|"
    r"canada|tuesday|monday|wednesday|thursday|friday|friday noon|september|name|not|will|need|please|position|job)$",
    re.IGNORECASE,
)
_OPENS = frozenset(
    word
    for line in (
        "since right lately meanwhile otherwise plus again dear yes no currently now today here also if so as while",
        "when because please hi hello hey thanks at our my and but or for with from new urgent need needed",
    )
    for word in line.split()
)
_TOWN = re.compile(rf" (?:{'|'.join(sorted(US_CODES))})$")
_BETWEEN = re.compile(
    r"^[ \t*•-]*(?:implementation(?: partner| vendor)?|prime(?: vendor| contractor| partner)?|system integrator|"
    r"integrator|ip|si)[ \t]*[:–-][ \t]*(?P<name>[^\n]{2,80})$",
    re.IGNORECASE | re.MULTILINE,
)


def partner_of(text: str) -> str:
    """Who stands between the sender and a client that is not named: "Implementation partner: Acme"; or empty."""
    match = _BETWEEN.search(text)
    return match["name"].strip(" .,*") if match else ""


def client_of(text: str, vendor: str) -> str:
    """The company that the work is for, or empty; the sender's own firm is none."""
    own, text = _squeezed(vendor), unwrapped(text[:6000])
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            name = _without_opening(match["name"].strip(" .,"))
            if _NOT_A_NAME.match(name) or _TOWN.search(name) or is_something_else(name):
                continue
            if not (own and _same(_squeezed(name), own)):
                return name
    return ""


def _without_opening(name: str) -> str:
    """ "Currently Acme Foods" is Acme Foods: words that begin a sentence are no part of a name."""
    words = name.split()
    while len(words) > 1 and folded(words[0]) in _OPENS:
        words.pop(0)
    return " ".join(words)


def _same(one: str, other: str) -> bool:
    return bool(one) and (one.startswith(other) or other.startswith(one))


def _squeezed(name: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", name.casefold()))
