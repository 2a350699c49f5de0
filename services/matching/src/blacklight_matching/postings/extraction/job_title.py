"""The title of a job in running text: what stands after "looking for a", or in a heading of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.titles import ROLE_NOUNS

_ASKS = re.compile(
    r"\b(?:(?:looking|searching|hunting|on the lookout|recruit\w*|opening|vacanc\w+|need|"
    r"search)\s+(?:(?:to\s+(?:hire|recruit|add|"
    r"appoint|find|employ))|for|after)|hiring|hire|seek(?:s|ing)?|recruiting|(?:have|has) (?:an )?openings? for|"
    r"we need|we want|"
    r"(?:role|position|job|opportunity)\s+(?:of|for|is for|as)|in need of|we['’]re after|appointing|we require|"
    r"wants?|needs?(?=\s+(?:an?|one|two|another)\s)|"
    r"we are adding|are you|you(?:['’]re| are)(?=\s+an?\s)|looking(?=\s+an?\s)|to (?:find|hire|recruit|appoint)|"
    r"join (?:us|our team|the team|\w+) as|work(?:ing)? as|opportunity for|as)\s+"
    r"(?:(?:an?|the|our|another|one|two|multiple|several|some|more|additional|new|first|next|number of|\d)\s+){0,3}",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:^[ \t]{0,20}[*#>-]{0,6}[ \t]{0,3}|\b(?:our|this|the|an?|for) )"
    r"(?P<title>[^\s.,;:!?()]{1,30}(?: [^\s.,;:!?()]{1,30}){1,4}?)[ \n]"
    r"(?:role|position|vacancy|opening)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LINE = re.compile(r"^[ \t]{0,20}(?:[#*_]{1,6}[ \t]{0,3})?(?P<title>[A-Z][\w+#/&. -]{5,58}\w)[ \t*_#]*$", re.MULTILINE)
_PRAISE = frozenset(
    word
    for line in (
        "talented experienced passionate skilled motivated enthusiastic dedicated driven smart great good strong",
        "exceptional outstanding brilliant bright keen capable competent creative energetic ambitious curious",
        "versatile well-rounded seasoned highly very self-motivated hands-on excellent awesome amazing world",
        "class world-class diligent remote full-time part-time fulltime full time part permanent contract",
        "freelance dynamic innovative proactive organised organized committed hard-working hardworking",
        "technically top additional more solid proven detail-oriented knowledgeable gifted local new immediate",
        "multiple several intelligent rockstar rock-star kick-ass friendly qualified accomplished self-starting",
    )
    for word in line.split()
)
_PRAISES = re.compile(
    rf"(?:(?:{'|'.join(sorted(map(re.escape, _PRAISE), key=len, reverse=True))}|and|&)\b(?!-)[\s,/]*)+", re.I
)
_CUT = re.compile(
    r"[,.;:!?()\n•|]|\s[-–—]\s|\b(?:to|who|with|that|which|in|at|for|on|from|whose|looking|interested|"
    r"capable|able|"
    r"based|having|willing|is|are|will|you|we|like|as|or an?|and an?|joining|role|position|job|"
    r"opportunity)\b",
    re.I,
)
_OTHERS = {
    "hacker", "guru", "ninja", "cto", "ceo", "coo", "cfo", "ciso", "sre", "devops", "internship", "intern",
    "developper", "statistician", "copywriter", "editor", "marketer", "contractor", "freelancer", "founder",
    "co-founder", "cofounder", "leader", "dev", "devs", "swe", "advocate", "evangelist", "economist", "biologist",
    "chemist", "physicist", "mathematician", "generalist",
}  # fmt: skip
_NOUNS = ROLE_NOUNS | _OTHERS | {f"{noun}s" for noun in ROLE_NOUNS | _OTHERS}
_WEAK = frozenset(
    {
        "support",
        "lead",
        "head",
        "associate",
        "partner",
        "dev",
        "executive",
        "expert",
        "master",
        "owner",
        "operator",
        "controller",
        "planner",
        "buyer",
        "leader",
        "leaders",
        "partners",
        "experts",
        "guru",
        "ninja",
        "manager's",
    }
)
_TOO_LITTLE = frozenset(
    [
        "developer",
        "developers",
        "engineer",
        "engineers",
        "lead",
        "contractor",
        "contractors",
        "freelancer",
        "freelancers",
    ]
)
_TITLES_ALONE = frozenset({"Controller", "Buyer", "Planner"})
_NEVER_ALONE = frozenset({"partners", "partner", "support", "experts", "leaders", "head", "lead"})
_MOST_WORDS = 9
_MOST_LEAD = 4
_LEVELS = frozenset(["senior", "junior", "sr", "jr", "lead", "principal", "staff", "mid", "graduate", "entry"])


@dataclass(frozen=True, slots=True)
class Title:
    """A title and where it stands."""

    value: str
    span: Span


def has_noun(text: str) -> bool:
    """Whether one of the words says what people are called at work; "Partners" and "Support" do not alone."""
    words = [_bare(word) for piece in text.split() for word in piece.split("/")]
    if any(word in _NOUNS and word not in _WEAK for word in words):
        return True
    return (len(words) > 1 and words[-1] in _WEAK - _NEVER_ALONE) or "scrum" in words


def title_in_prose(text: str) -> Title | None:
    """The first title that the text asks for or names as the role in a sentence, or on a line of its own; or None."""
    return min(
        filter(None, (_asked_for(text), _role_named(text))),
        key=lambda title: title.span.start,
        default=_on_a_line(text),
    )


def _asked_for(text: str) -> Title | None:
    for asks in _ASKS.finditer(text):
        start = asks.end()
        rest = text[start : start + 110]
        title = _leading_title(rest, start, strict=asks.group().split()[0].casefold() == "as")
        if title is not None:
            return title
    return None


def _role_named(text: str) -> Title | None:
    """ "our Python/Django Developer role"."""
    for named in _ROLE.finditer(text):
        title = _leading_title(named["title"], named.start("title"), strict=False)
        if title is not None and title.span.end == named.end("title"):
            return title
    return None


def _on_a_line(text: str) -> Title | None:
    """A heading that is a title, written as one."""
    for line in _LINE.finditer(text):
        words = line["title"].split()
        if len(words) > 1 and _is_noun(words[-1]) and all(word[0].isupper() or not word[0].isalpha() for word in words):
            title = _leading_title(line["title"], line.start("title"), strict=True)
            if title is not None and title.span == Span(line.start("title"), line.end("title")):
                return title
    return None


def _leading_title(rest: str, start: int, *, strict: bool) -> Title | None:
    praise = _PRAISES.match(rest)  # "a well-rounded, experienced Java developer" does not end at its comma
    if praise:
        rest, start = rest[praise.end() :], start + praise.end()
    words = list(re.finditer(r"\S+", _before_cut(rest)))[: _MOST_WORDS + 4]
    while words and _bare(words[0].group()) in _PRAISE | {"and", "&", "or"}:
        words.pop(0)
    while words and re.fullmatch(r"\d+(?:-\d+)?\+?", words[0].group()):
        words.pop(0)
    for index, word in enumerate(words):  # "Software Engineer or SRE" is the first of them
        if word.group().casefold() in ("or", "and") and any(_is_noun(one.group()) for one in words[:index]):
            del words[index:]
            break
    last = max((index for index, word in enumerate(words[:_MOST_WORDS]) if _is_noun(word.group())), default=-1)
    if 1 < len(words) <= _MOST_LEAD and _bare(words[-1].group()) == "lead":
        last = len(words) - 1  # "tech lead"
    alone = words[0].group() if last == 0 else ""
    if last < 0 or (_bare(alone) in _WEAK | _TOO_LITTLE and alone.rstrip(".,") not in _TITLES_ALONE):
        return None
    if strict and not any(word.group()[:1].isupper() for word in words[: last + 1]):
        return None
    if any(_bare(word.group()) in ("our", "your", "their", "we", "of") for word in words[: last + 1]):
        return None
    first, end = words[0].start(), words[last].end()
    value = " ".join(rest[first:end].split()).strip(" *_`'\"#")
    return Title(value, Span(start + first, start + end))


def _before_cut(rest: str) -> str:
    cut = _CUT.search(rest)
    while cut is not None and cut.group() in ".," and cut.end() < len(rest) and rest[cut.end()].isalnum():
        cut = _CUT.search(rest, cut.end())  # "Node.js", "C++, Java" go on only without a blank
    return rest[: cut.start()] if cut else rest


def _is_noun(word: str) -> bool:
    return any(_bare(part) in _NOUNS - _NEVER_ALONE for part in word.split("/"))


def _bare(word: str) -> str:
    return word.strip(" \t.,;:!?()[]{}*_`'\"#&-–").casefold()
