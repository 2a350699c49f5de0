"""Who hires, in running text: "Kestrelmont is looking for", "About Kestrelmont", "join us at Kestrelmont".

Every mention that speaks of an employer counts for its name; the name with the most, if it has enough, is the company.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_skills import find_skills

from blacklight_matching.postings.extraction.company_by_address import names_by_address
from blacklight_matching.postings.extraction.gazetteer import cities, country_of, folded, region_of
from blacklight_matching.postings.extraction.job_title import has_noun
from blacklight_matching.postings.extraction.sentences import Span

_W = (
    r"(?:[A-Z0-9][\w'’&+-]{0,40}(?:\.(?:[a-z]{2,6}\b|[A-Z]\w{1,30})){0,3}|[a-z]{1,30}[A-Z]\w{1,40}|[a-z][\w-]{0,40}\.(?:com|io|co|ai|net|org|travel|"
    r"services|app|ly|me|tv|fm|ie|nl|de|uk)\b)"
)
_NAME = rf"(?P<name>{_W}(?: (?:(?:of|and|&|for|the|de|von|und) )?{_W}){{0,5}}(?:,? (?:Inc|LLC|Ltd|GmbH|plc|LLP)\b\.?)?)"
_VERBS = (
    r"(?:is|are|was|has|have|'s|’s)\s+(?:(?:now|currently|also|always|actively|urgently|once again|a|an|the|one|"
    r"on)\s+)*"
    r"(?:looking|hiring|seeking|recruiting|growing|expanding|searching|hunting|building|one|leading|"
    r"(?:[\w-]+[ ,]+){0,6}?(?:company|start-?up|firm|agency|platform|provider|team|business|organi[sz]ation|"
    r"consultancy|leader|"
    r"studio|marketplace|service|app|website|retailer|developer of|software house|group|network|charity|institute|"
    r"co-operative|"
    r"cooperative|solution|product|tool|online|world|market|largest|fastest))"
)
_OTHER_VERBS = (
    r"(?:seeks|needs|hires|provides|offers|builds|helps|develops|delivers|operates|makes|creates|employs|was founded|"
    r"were founded|"
    r"enables|connects|uses|designs|powers|has been|has offices|has developed|believes|combines|specialises|"
    r"specializes|works with|wants|"
    r"aims|brings|serves|runs|lets|allows|transforms|started|launched|is based|is located|is an equal|is committed|"
    r"is proud|is backed)\b"
)
_PATTERNS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (4, re.compile(rf"(?<![\w.])(?:At|Here at|at|join|Join|joining|Joining|[Ww]orking (?:at|for|with)|[Ww]ork (?:at|"
        rf"for)|of us at|us here at)\s+{_NAME}")),
    (5, re.compile(rf"(?<![\w.]){_NAME}(?:,? \([\w /.-]{{2,30}}\))?,?\s+(?i:{_VERBS})")),
    (3, re.compile(rf"(?<![\w.]){_NAME}(?:,? \([\w /.-]{{2,30}}\))?,?\s+{_OTHER_VERBS}")),
    (3, re.compile(rf"(?:^|(?<=[.!?]\s)|(?<=, )|(?<=\n)){_NAME}\s+(?:is|are)\s+(?:\w+ing|an?|the|one)\b")),
    (6, re.compile(rf"(?im)^[^\w\n]{{0,20}}(?-i:(?:About|ABOUT|Who is|Why|Company:?|Working at|Life at|Welcome to|"
        rf"Introducing))\s+(?-i:{_NAME})(?:\s\([^()\n]{{1,30}}\))?[^\w\n]{{0,20}}$")),
    (6, re.compile(rf"\b(?:[Ww]e are|[Ww]e['’]re|[Mm]y name is|I['’]m \w+(?: \w+)?,? (?:co-)?founder (?:of|at)|"
        rf"[Oo]n behalf of|(?:the|our) client,?|company called|founder of)\s+{_NAME}(?=\s*[,:;.!]|\s+(?:and|an?|the|-|"
        rf"–)\b|\s+\()")),
    (2, re.compile(rf"(?<![\w.]){_NAME}['’]s\s+(?:mission|team|platform|product|products|customers|clients|"
        rf"engineering|technology|office|offices|culture|goal|vision|core|engineers|new|software|development|data|"
        rf"services|business)\b")),
    (2, re.compile(rf"\b(?:the|our)\s+(?P<name>{_W}(?:\s{_W}){{0,3}})\s+(?:team|platform|office|offices|"
        rf"engineering team|dev team)\b")),
)  # fmt: skip
NO_COMPANY = frozenset(
    word
    for line in (
        "you've we'd you'd i'm they've let's that's what's here's who's isn't don't it'd test sample second",
        "intro introduction minimum preferred required excellent strong great good knowledge understanding",
        "ability proven apply send join read see building built using based learn create develop design write",
        "take own drive support maintain manage lead think love investment division technical general full part",
        "main key core new first last next other more less such very well package offer offers salary rate pay",
        "compensation bonus holiday holidays pension equity options share shares we you our the this that it",
        "they i he she who what why how where when if as in at on for and or but with about us your role job",
        "position overview description company requirements responsibilities skills benefits team location",
        "salary contact experience please there here my their its all any no not to from by of an a is are so",
        "also apply candidate candidates must nice bonus plus restrictions work working join everyone people",
        "today now engineering development product software project projects client clients qualifications",
        "remote python django java javascript sql api rest html css linux aws web data you'll you're we're we've",
        "we'll it's they're hr cv ceo cto coo vp hiring full-time part-time senior junior some most many each",
        "every both these those because since after before during while although however additionally currently",
        "our's monday friday january february march april may june july august september october november",
        "december english phd bsc msc equal diversity agile scrum devops ui ux it b2b saas ai ml iot fintech uk",
        "us usa eu nyc day week month year time home office one two three opportunity successful ideal perks",
        "summary duties tasks stack technologies technology tech ideally essential desirable based founded",
        "looking seeking note interested click email",
    )
    for word in line.split()
)
_ALONE = re.compile(r"^[\W\d_]*$")
_LEAST = 4
_BY_ADDRESS = 4
_MOST = 200


@dataclass(frozen=True, slots=True)
class CompanyNamed:
    """A company and where it is named first."""

    name: str
    span: Span


def company_in_text(text: str, raw: str = "") -> CompanyNamed | None:
    """The company that the text speaks of as the employer, or None when nothing says so.

    Args:
        raw: the text with the addresses that were blanked in it; an address made of a name speaks for it.
    """
    points: dict[str, float] = {}
    first: dict[str, CompanyNamed] = {}
    for weight, pattern in _PATTERNS:
        for match in _few(pattern, text):
            named = _trimmed(match)
            if named is None:
                continue
            key = named.name.casefold()
            points[key] = points.get(key, 0) + weight
            if key not in first or named.span.start < first[key].span.start:
                first[key] = named
    for span in names_by_address(raw, text):
        name = text[span.start : span.end]
        points[name.casefold()] = points.get(name.casefold(), 0) + _BY_ADDRESS
        first.setdefault(name.casefold(), CompanyNamed(name, span))
    if not points:
        return None
    lowered = text.casefold()
    for key in points:
        points[key] += min(6, lowered.count(key)) * 0.7 + (1 if first[key].span.start < 600 else 0)
    for key in sorted(points, key=points.__getitem__, reverse=True)[:3]:
        if points[key] >= _LEAST and not is_something_else(first[key].name):
            return _longest(key, points, first, text)
    return None


def _few(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return [match for _, match in zip(range(_MOST), pattern.finditer(text), strict=False)]


def _longest(key: str, points: dict[str, float], first: dict[str, CompanyNamed], text: str) -> CompanyNamed:
    """ "Seer" may be short for "Seer Security", when the text says both as the employer."""
    longer = [other for other in points if other.startswith(key + " ") and points[other] >= _LEAST]
    longer = [other for other in longer if not is_something_else(first[other].name)]
    return first[max(longer, key=points.__getitem__)] if longer else _in_full(first[key], text)


def _in_full(named: CompanyNamed, text: str) -> CompanyNamed:
    """ "Kestrelmont Logistics" where the text says that it is called "KL", in brackets or after a dash."""
    short = re.escape(named.name)
    for pattern in (rf"{_NAME}\s\({short}\)", rf"(?<!\w){short}\s[–-]\s{_NAME}"):
        for whole in filter(None, map(_trimmed, _few(re.compile(pattern), text))):
            initials = "".join(word[0] for word in whole.name.split() if word[0].isupper())
            if len(initials) > 1 and initials.casefold() == named.name.casefold():
                return whole
    return named


def _trimmed(match: re.Match[str]) -> CompanyNamed | None:
    """Without words at the start that begin a sentence ("Here Acme", "The Acme")."""
    name, start = match.group("name"), match.start("name")
    name = re.split(r"\s{2,}", name)[0]
    while name and _plain(name.split()[0]) in NO_COMPANY | {"here", "the"} and " " in name:
        shorter = name.split(maxsplit=1)[1]
        start += name.index(shorter, len(name.split()[0]))
        name = shorter
    name = re.sub(r"\s+(?:and|of|for|the|&|de)$", "", name)
    if name.endswith(("'s", "’s")):
        name = name[:-2]
    if len(name) < 2 or _plain(name) in NO_COMPANY or _ALONE.match(name):
        return None
    return CompanyNamed(name, Span(start, start + len(name)))


def is_something_else(name: str) -> bool:
    """A place, a job, a skill or a common word is no company."""
    words = name.split()
    if folded(name) in cities() or country_of(name) or region_of(name) or has_noun(name):
        return True
    if all(_plain(word) in NO_COMPANY for word in words):
        return True
    return any(skill.start == 0 and skill.end == len(name) for skill in find_skills(name))


def _plain(word: str) -> str:
    return folded(word.replace("’", "'"))
