"""A mail's own words: without greeting, what it answers, signature and small print; a forwarded mail is opened. Pure.

The signature is kept apart: it says for whom the sender works.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_WROTE = re.compile(r"^(?:>+ ?)*On .{6,120}?\bwrote:\s*$|^.{3,100}<[^<>\s]+@[^<>\s]+> wrote:\s*$", re.MULTILINE)
_RULE = re.compile(
    r"^(?:>+ ?)*[-_*= ]{2,}\s*(?P<what>original message|forwarded (?:message|by.{0,60})|begin forwarded message)\s*:?"
    r"[-_*= ]*$|^(?:>+ ?)*begin forwarded message:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(
    r"^(?:>+ ?)*\*{0,2}(?P<name>from|sent|date|to|cc|bcc|subject|reply-to|"
    r"importance)\*{0,2}\s*:\*{0,2}\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^(?:(?:many |kind |best |warm |kindest |warmest )?(?:thanks|thank you|regards|cheers|sincerely|respectfully|best)"
    r"(?: ?(?:&|and|in advance|so much|a lot|again|you|for your time|,|n)? ?(?:best |warm |kind |with )?(?:regards|"
    r"thanks|advance)?)?|yours (?:truly|sincerely|faithfully)|looking forward to .{0,60}|"
    r"thanks (?:&|and) regards|with (?:best )?regards|talk soon|have a (?:great|nice|good) (?:day|week|one|weekend))"
    r"\s*[,.!-]*$",
    re.IGNORECASE,
)
_SMALL_PRINT = re.compile(
    r"^\W*(?:disclaimer|confidentiality(?: notice)?|this (?:e-?mail|message|communication)(?: and any)?|"
    r"the information (?:contained|transmitted)|to unsubscribe|unsubscribe|if you (?:do not|don't|no longer|would like "
    r"to be removed|wish to|received this|are not the intended)|note: this is not|we respect your|under bill|"
    r"please consider the environment|sent from my|you (?:are )?receiv(?:ed|ing) this|click here to (?:unsubscribe|"
    r"remove)|remove me|equal opportunity employer|we are an equal|\S+ is an equal)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day))(?:[ ,]+[\w.'’-]+){0,4}\s*[,!.:–-]*|"
    r"(?:hope (?:you|this|all|everything|your)|hope you(?:'re|r)|i hope|trust you|how are you|greetings|"
    r"happy (?:monday|"
    r"tuesday|wednesday|thursday|friday))\b[^\n:$]{0,100})$",
    re.IGNORECASE,
)
_FIRST_SENTENCE = re.compile(r"[^.!?\n]{2,100}[.!?]+\s+(?=\S.{20})")
"""Of a line that goes on after its greeting."""
_FORWARDED_SUBJECT = re.compile(r"^\s*(?:fwd?|fw)\s*:", re.IGNORECASE)
_ANSWER = re.compile(r"^\s*re\s*:", re.IGNORECASE)
_POINTS_BELOW = re.compile(
    r"\b(?:below|fyi|see (?:this|the)|following|forwarding|trail(?:ing)? mail|underneath|what do you think|"
    r"any(?:one|body) (?:for|on)|fit for this|share (?:this|the))\b|↓",
    re.IGNORECASE,
)
_MOST_SIGNATURE = 14
_SHORT_COVER = 600
MOST_LEVELS = 6


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a mail says itself.

    Attributes:
        text: the words, without greeting and signature.
        signature: the lines that close it.
        greeting: the lines that opened it.
        is_answer: whether the subject is that of a mail it answers.
        subject, sender: those of the mail that was forwarded, where it was; else empty.
    """

    text: str
    signature: str
    subject: str = ""
    sender: str = ""
    greeting: str = ""
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a text goes over into an earlier mail: its header fields, and that mail's text."""

    before: str
    after: str
    fields: dict[str, str]


def own_words(text: str, subject: str) -> OwnWords:
    """Opens what was forwarded, or what a short cover points at; cuts what was merely answered."""
    words = _opened(text, subject)
    return replace(words, is_answer=bool(_ANSWER.match(words.subject or subject)))


def _opened(text: str, subject: str) -> OwnWords:
    forwarded = bool(_FORWARDED_SUBJECT.match(subject))
    words = _closed(text)
    found = OwnWords("", "")
    for _ in range(MOST_LEVELS):
        cut = _cut(text)
        if cut is None:
            return _closed(text, found.subject, found.sender)
        cover = _closed(cut.before, found.subject, found.sender)
        opens = forwarded or _points(cover.text)
        if len(cover.text) > _SHORT_COVER or not opens:
            return cover if cover.text or not cut.after.strip() else _closed(cut.after, *_named(cut, found))
        text = cut.after
        found = OwnWords("", "", *_named(cut, found))
        words = _closed(text, found.subject, found.sender)
    return words


def _points(cover: str) -> bool:
    return not cover.strip() or bool(_POINTS_BELOW.search(cover))


def _named(cut: _Cut, found: OwnWords) -> tuple[str, str]:
    return cut.fields.get("subject", "") or found.subject, cut.fields.get("from", "") or found.sender


def _cut(text: str) -> _Cut | None:
    """The first place at which an earlier mail begins."""
    lines = text.split("\n")
    starts = [_line_of(text, match.start()) for match in (_WROTE.search(text), _RULE.search(text)) if match]
    headed = next((n for n in range(len(lines)) if _is_header(lines, n)), None)
    quoted = next((n for n in range(len(lines)) if _is_quote(lines, n)), None)
    at = min([*starts, *[n for n in (headed, quoted) if n is not None]], default=None)
    if at is None:
        return None
    after = at if at in (headed, quoted) and at not in starts else at + 1
    rest = [_unquoted(line) for line in lines[after:]]
    fields, used = _header_fields(rest)
    return _Cut("\n".join(lines[:at]), "\n".join(rest[used:]), fields)


def _is_header(lines: list[str], n: int) -> bool:
    """Whether an Outlook-like block of From, Sent, To, Subject begins here."""
    first = _HEADER_LINE.match(lines[n])
    if first is None or first["name"].lower() != "from":
        return False
    names = {match["name"].lower() for line in lines[n + 1 : n + 7] if (match := _HEADER_LINE.match(line))}
    return len(names & {"sent", "date", "to", "subject"}) >= 2


def _is_quote(lines: list[str], n: int) -> bool:
    return lines[n].startswith(">") and (n + 1 == len(lines) or lines[n + 1].startswith(">"))


def _header_fields(lines: list[str]) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    used = 0
    for n, line in enumerate(lines[:14]):
        match = _HEADER_LINE.match(line)
        if match:
            fields.setdefault(match["name"].lower(), match["value"].strip())
            used = n + 1
        elif line.strip() and fields:
            break
        elif line.strip():
            return {}, 0
    return fields, used


def _unquoted(line: str) -> str:
    return re.sub(r"^> ?", "", line)


def _line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position)


def _closed(text: str, subject: str = "", sender: str = "") -> OwnWords:
    """Without greeting at the top, and without signature and small print at the end."""
    lines = text.split("\n")
    lines = lines[: next((n for n, line in enumerate(lines) if n and _SMALL_PRINT.match(line)), len(lines))]
    end = next((n for n, line in enumerate(lines) if line.rstrip() == "--"), len(lines))
    for n in range(end - 1, max(-1, end - _MOST_SIGNATURE - 1), -1):
        if _SIGN_OFF.match(lines[n].strip()):
            end = n
    signature = [line for line in lines[end:] if line.strip() and not _SIGN_OFF.match(line.strip())]
    body, greeting = lines[:end], []
    while body and (not body[0].strip() or _GREETING.match(body[0].strip())):
        line = body.pop(0)
        greeted = _FIRST_SENTENCE.match(line)
        greeting.append(greeted[0] if greeted else line)
        if greeted:
            body.insert(0, line[greeted.end() :])
            break
    closing = "\n".join(signature[:_MOST_SIGNATURE])
    return OwnWords("\n".join(body).strip(), closing, subject, sender, "\n".join(greeting))
