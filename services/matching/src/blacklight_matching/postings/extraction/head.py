"""The first lines of a running text, where boards and people put the fields without naming them.

"Kestrelmont | Java Developer | Austin, TX | Full-time | REMOTE", or title, company and place on lines of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from blacklight_matching.postings.extraction.company_in_text import NO_COMPANY
from blacklight_matching.postings.extraction.contract import contracts_in_field
from blacklight_matching.postings.extraction.gazetteer import AMBIGUOUS, folded
from blacklight_matching.postings.extraction.job_title import has_noun
from blacklight_matching.postings.extraction.pay import find_pay
from blacklight_matching.postings.extraction.place import Place, places_in_field
from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.workplace import find_workplace

_MOST_LINES = 8
_LONGEST_LINE = 220
_LONGEST_SEGMENT = 90
_APART = re.compile(r"\s*[|•·¦\t]+\s*|\s+[-–—~]+\s+|:\s+|\s{3,}|(?<=\w)\s+\((?=https?:)|\)\s*(?=[-–—|])")
_PAGE_WORDS = re.compile(
    r"^\W*(?:back to|previous|next|report|sign in|log ?in|home|search|apply|save|share|menu|skip|job(?:s| details|"
    r" description| summary)?$|tags?:|"
    r"contact|overview|description|about|the role|role$|introduction|summary|company(?: description)?$|full job|hi\b|"
    r"hello|dear|"
    r"greetings|good (?:morning|day)|easy apply|print|email this|similar|\d+ (?:applicants?|views)|be an early|"
    r"website|name:|e-?mail:|"
    r"fwd?:|re:|from:|to:|sent:|cc:|unsubscribe|who we are|what we do|new$|via\b|our\b|you\b|us$)",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^(?:.{0,25}\b)?(?:skills|experience|summary|requirements|responsibilities|qualifications|benefits|mission|"
    r"vision|story|"
    r"values|perks|stack|duties|tasks|expectations)\b.{0,20}$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://|www\.|@\w|\b[\w-]+\.(?:com|io|co|net|org|ai|ly)(?:/|$)", re.IGNORECASE)
_SENTENCE = re.compile(
    r"[.!?](?:\s+[A-Z]|$)|\b(?:we|you|our|your|is|are|will|have|has|i'm|we're|we’re|you'll|you’ll|this|if|what|who|"
    r"how|their|they|it's|it’s)\b",
    re.IGNORECASE,
)
_ONLY_TERMS = re.compile(
    r"(?:\b(?:full|part)[- ]?time\b|\bcontract\w*\b|\bperm(?:anent)?\b|\bremote\w*\b|\bon-?\s?site\b|\bhybrid\b|"
    r"\bintern\w*\b|\bvisas?\b|"
    r"\bh-?1b\b|\bw-?2\b|\bc2c\b|\b1099\b|\bfreelance\b|\btemporary\b|\bok\b|\bonly\b|\bor\b|\band\b|\bpossible\b|"
    r"\bfriendly\b|"
    r"\bwelcome\b|\bhire\b|\bto\b|\bdays?\b|\bago\b|\bposted\b|\bno\b|\brelocation\b|\b\d+\b|\bmonths?\b|\bequity\b|"
    r"\bsalary\b|"
    r"\bapplicants?\b|\bweeks?\b|\bhours?\b|\bhrs?\b|\byesterday\b|\btoday\b|\bjust\b|\bnow\b|\bon\b|\bover\b|"
    r"\bclick\w*\b|\bviews?\b|\bnew\b|"
    r"\bsponsorship\b|\bsenior\b|\bentry\b|\blevel\b|\bmid\b|\bjob\b|\btype\b|\bfirst\b|[\W_])+",
    re.IGNORECASE,
)
_AT = re.compile(r"^(?P<title>.{3,80}?)\s+(?:at|@)\s+(?P<company>[A-Z0-9][\w&'’. -]{1,50})$")
_HIRING = re.compile(
    r"^(?P<company>[\w&'’. -]{2,50}?)\s+(?:is|are)\s+(?:now\s+)?(?:hiring|looking|seeking|"
    r"recruiting)\b"
)
_YC = re.compile(r"\s*\((?:YC|TC|NYSE|NASDAQ|Y ?Combinator|http|www)[^)]*\)?$|\s*\(\s*$", re.IGNORECASE)
_COMPANY = re.compile(r"^[\W_]*[\w][^\n]{1,60}$")


@dataclass
class Head:
    """What the first lines say; each value with its span. Filled line by line."""

    title: tuple[str, Span] | None = None
    company: tuple[str, Span] | None = None
    places: tuple[tuple[Place, ...], Span] | None = None
    terms: list[Span] = field(default_factory=list)
    spare: list[tuple[str, Span, int]] = field(default_factory=list)
    title_line: int = -1


def read_head(text: str) -> Head:
    """Reads the first lines; what could be several things is the company when nothing else is."""
    head = Head()
    lines = _first_lines(text)
    for index, (line, start) in enumerate(lines):
        segments = _segments(line, start)
        together = len(segments) > 1
        if _SENTENCE.search(line) and (not together or len(line) > 110) and not _fits(line):
            hiring = _HIRING.match(line)
            _take_hiring(head, hiring, start)
            break
        if together:
            _take_hiring(head, _HIRING.match(line), start)
        for segment, span in segments:
            _take(head, segment, span, line=index, together=together)
    _choose(head)
    return head


def _take_hiring(head: Head, hiring: re.Match[str] | None, start: int) -> None:
    if hiring is not None and head.company is None and _may_be_company(hiring["company"]):
        head.company = (hiring["company"].strip(), Span(start, start + hiring.end("company")))


def _first_lines(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    start = 0
    while start < len(text) and len(found) < _MOST_LINES:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if line.lstrip().startswith(("- ", "• ", "* ", "+ ")):
            break  # a list belongs to the description
        left = len(line) - len(line.lstrip(" #*_>`-=•"))
        body = line.strip(" #*_>`=•-")
        if body and not _PAGE_WORDS.match(body) and (has_noun(body) or not _HEADING.match(body)):
            found.append((body[:_LONGEST_LINE], start + left))
        start = end + 1
        if start > 1500:
            break
    return found


def _segments(line: str, start: int) -> list[tuple[str, Span]]:
    found, at = [], 0
    for gap in [*_APART.finditer(line), None]:
        end = gap.start() if gap else len(line)
        piece = line[at:end]
        body = piece.strip(" ,*_[]#;")
        body = body.strip("()") if body.count("(") != body.count(")") else body
        if body:
            left = at + piece.index(body)
            found.append((body, Span(start + left, start + left + len(body))))
        at = gap.end() if gap else end
    return found


def _fits(line: str) -> bool:
    return len(line) < 70 and (has_noun(line) or bool(places_in_field(line))) and not line.endswith((".", "!", "?"))


def _take(head: Head, segment: str, span: Span, *, line: int, together: bool) -> None:
    if (
        len(segment) > _LONGEST_SEGMENT
        or _ADDRESS.search(segment)
        or (together and _SENTENCE.search(segment) and len(segment) > 50)
    ):
        return
    if _ONLY_TERMS.fullmatch(segment):
        head.terms.append(span)
        return
    if find_pay(segment) or (find_workplace(segment) and not has_noun(segment) and not _place_of(segment)):
        head.terms.append(span)
        return
    places = _place_of(segment)
    if places and not has_noun(segment):
        head.terms.append(span)
        head.places = head.places or (places, span)
        return
    both = _AT.match(segment)
    if both and has_noun(both["title"]) and head.title is None:
        head.title = (both["title"], Span(span.start, span.start + both.end("title")))
        if head.company is None and not places_in_field(both["company"]):
            head.company = (both["company"], Span(span.start + both.start("company"), span.end))
        return
    if has_noun(segment) and not _SENTENCE.search(segment):
        if head.title is None:
            head.title, head.title_line = (segment, span), line
    elif not contracts_in_field(segment) and _may_be_company(segment):
        head.spare.append((segment, span, line))


def _place_of(segment: str) -> tuple[Place, ...]:
    """The places of a segment that is one; "Apple" and "Reading Room" are none."""
    if len(segment) > 70 or not any(char.isupper() for char in segment):
        return ()
    places = places_in_field(segment)
    if not places or (len(segment.split()) > 6 and "," not in segment):
        return ()
    if "," not in segment and any(folded(place.city) in AMBIGUOUS for place in places):
        return ()
    return places


def _may_be_company(segment: str) -> bool:
    words = segment.split()
    if (
        not words
        or _SENTENCE.search(segment.rstrip("."))
        or (folded(words[0].rstrip(".,")) in NO_COMPANY and len(words) < 3)
    ):
        return False
    return (
        len(words) <= 7
        and bool(_COMPANY.match(segment))
        and (segment[:1].isupper() or segment[:1].isdigit() or "." in segment or len(words) == 1)
    )


def _choose(head: Head) -> None:
    """What could be several things: a first line of its own is the title; the company stands first or by the place."""
    spare = [(_YC.sub("", segment).strip(" ,*_([."), span, line) for segment, span, line in head.spare]
    spare = [one for one in spare if one[0]]
    if head.title is None and len(spare) > 1 and spare[0][2] == 0 and spare[1][2] > 0 and head.company is None:
        head.title = spare.pop(0)[:2]
    if head.company is not None or not spare or not (head.title or head.places or head.terms):
        return
    first = spare[0]
    if head.title is not None and first[1].start > head.title[1].start and first[2] == head.title_line:
        behind = [
            one for one in spare if one[2] == first[2] and (not head.places or one[1].start < head.places[1].start)
        ]
        first = (behind or spare)[-1]
    if first[2] <= 2 or head.title is not None:
        head.company = (first[0], Span(first[1].start, first[1].start + len(first[0])))
