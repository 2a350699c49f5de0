"""E-mail addresses, telephone numbers, links and place of a person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import phonenumbers

from .lines import Line
from .model import Field, Link, Phone
from .places import place_within
from .sections import Section

_EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}(?![\w@])"
)
_EMAIL_TO_EDGE = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9.-]*$|(?<![\w.+%-])[A-Za-z0-9][A-Za-z0-9._%+-]{2,63}$"
)
_EMAIL_TAIL = re.compile(r"^[A-Za-z0-9.@-]*\.?[A-Za-z]{1,24}(?=\s|$)")
_DIGITS = re.compile(r"\+?\(?\d[\d\s().\-–/]{6,}\d")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>()\"'|,;]+|"
    r"\b(?:[a-z0-9-]+\.)*(?:linkedin\.com|github\.com|gitlab\.com|github\.io|bitbucket\.org|stackoverflow\.com)"
    r"(?:/[^\s<>()|,;]*)?",
    re.IGNORECASE,
)
_BARE_SITE = re.compile(
    r"^(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|me|co|ai|app|info|us|uk|de|in|tech|blog)(?:/\S*)?$", re.IGNORECASE
)
_LABEL = re.compile(r"^(?:location|address|city|based in|residence|current location)\s*[:–-]\s*", re.IGNORECASE)
_NETWORK = re.compile(r"^(linkedin|github)$", re.IGNORECASE)
_HANDLE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{2,38}$")
_HANDLE_WITH_NETWORK = re.compile(
    r"^(?P<handle>[A-Za-z0-9][A-Za-z0-9_-]{2,38})\s*\((?P<network>LinkedIn|GitHub)\)$", re.IGNORECASE
)
CONTACT_SECTIONS = ("", "contact", "summary", "unknown", "other")


def find_emails(lines: Sequence[Line]) -> tuple[Field[str], ...]:
    """Addresses in order, each once; one broken at a line's end by a narrow column is put together."""
    found: dict[str, Field[str]] = {}
    for line in lines:
        for match in _EMAIL.finditer(line.text) if "@" in line.text else ():
            address = match.group(0).rstrip(".'")
            start = line.start + match.start()
            found.setdefault(address.lower(), Field(address, 0.99, start, start + len(address)))
    for field in _broken_emails(lines):
        if field.value is not None:
            whole = [key for key in found if field.value.lower() != key and field.value.lower().startswith(key)]
            for key in whole:
                del found[key]
            found.setdefault(field.value.lower(), field)
    return tuple(sorted(found.values(), key=lambda field: field.start))


def _broken_emails(lines: Sequence[Line]) -> Iterator[Field[str]]:
    for line, following in pairwise(lines):
        head = _EMAIL_TO_EDGE.search(line.text)
        tail = _EMAIL_TAIL.match(following.text)
        if head is None or tail is None or "@" not in head.group(0) + tail.group(0):
            continue
        if (
            "@" in head.group(0)
            and _EMAIL.fullmatch(head.group(0))
            and not _is_cut_domain(head.group(0), tail.group(0))
        ):
            continue
        joined = head.group(0) + tail.group(0)
        if "@" not in head.group(0) and (_EMAIL.search(following.text)):
            continue
        if tail.group(0)[:1].isupper():
            continue
        if _EMAIL.fullmatch(joined) and (following.start - line.end) <= 2:
            yield Field(joined, 0.93, line.start + head.start(), following.start + tail.end())


def _is_cut_domain(head: str, tail: str) -> bool:
    """'john@gmail.co' + 'm': a line of one or two letters completes the address above it."""
    return (
        len(tail) <= 2
        and tail.islower()
        and (head.rsplit(".", 1)[1] + tail) in ("com", "net", "org", "edu", "info", "io")
    )


def find_phones(sections: Sequence[Section], region: str = "US") -> tuple[Phone, ...]:
    """Numbers in the head of the résumé and its contact section; those of referees are not the person's."""
    near = [line for section in sections if section.kind in CONTACT_SECTIONS for line in section.lines]
    phones: dict[str, Phone] = {}
    for line in near:
        for match in _DIGITS.finditer(line.text):
            phone = _phone(match, line, region)
            if phone is not None and phone.number.value:
                phones.setdefault(phone.number.value, phone)
    return tuple(phones.values())


def _phone(match: re.Match[str], line: Line, region: str) -> Phone | None:
    raw = match.group(0).strip(" .-–/")
    if raw.count("(") != raw.count(")"):
        raw = raw.lstrip("(") if raw.count("(") > raw.count(")") else raw
    digits = re.sub(r"\D", "", raw)
    if not 10 <= len(digits) <= 15 or re.search(r"(?:19|20)\d\d\s*[-–/]\s*(?:19|20)\d\d", raw):
        return None
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    start = line.start + match.start() + match.group(0).index(raw)
    confidence = 0.97 if phonenumbers.is_valid_number(number) else 0.91
    return Phone(Field(value, confidence, start, start + len(raw)), raw)


def find_links(lines: Sequence[Line], sections: Sequence[Section]) -> tuple[Link, ...]:
    """LinkedIn, GitHub and personal pages; other addresses of the head of the résumé are kept as OTHER."""
    near = {line.index for section in sections if section.kind in CONTACT_SECTIONS for line in section.lines}
    links: dict[str, Link] = {}
    for line in lines:
        for match in _URL.finditer(line.text):
            url = match.group(0).rstrip(".,:;/")
            kind = _kind(url, line.index in near)
            if kind is not None:
                start = line.start + match.start()
                links.setdefault(url.lower(), Link(kind, Field(url, 0.95, start, start + len(url))))
        if line.index in near and "." in line.text[3:] and _BARE_SITE.match(line.text) and not _follows_at(line, lines):
            links.setdefault(line.text.lower(), Link("PORTFOLIO", Field(line.text, 0.85, line.start, line.end)))
    for link in _handles(lines):
        if not any(other.kind == link.kind for other in links.values()):
            links[f"{link.kind}:{link.url.value}"] = link
    return tuple(sorted(links.values(), key=lambda link: link.url.start))


def _follows_at(line: Line, lines: Sequence[Line]) -> bool:
    """The end of an e-mail address broken over two lines is no web site."""
    return "@" in line.text or (line.index > 0 and "@" in lines[line.index - 1].text.split()[-1])


def _kind(url: str, near: bool) -> str | None:
    address = re.sub(r"^(?:https?://)?(?:www\.)?", "", url.lower())
    if address.startswith("linkedin.com/") or ".linkedin.com/" in address:
        return "LINKEDIN"
    if address.startswith("github.com/") and address.count("/") == 1:
        return "GITHUB"
    if not near or address.startswith(("twitter.com", "facebook.com", "x.com", "instagram.com")):
        return "OTHER" if near else None
    return "PORTFOLIO"


def _handles(lines: Sequence[Line]) -> Iterator[Link]:
    """A bare account name under or beside the name of its network."""
    for line in lines:
        both = _HANDLE_WITH_NETWORK.match(line.text)
        if both:
            start = line.start + both.start("handle")
            yield Link(
                both.group("network").upper(),
                Field(both.group("handle"), 0.8, start, start + len(both.group("handle"))),
            )
    for line, following in pairwise(lines):
        network = _NETWORK.match(line.text)
        if network and _HANDLE.match(following.text) and not _NETWORK.match(following.text):
            yield Link(network.group(1).upper(), Field(following.text, 0.75, following.start, following.end))


def find_location(sections: Sequence[Section]) -> Field[str]:
    """The place in the head of the résumé or its contact section."""
    for kind in ("", "contact", "summary"):
        for section in sections:
            if section.kind != kind:
                continue
            for line in section.lines[:12]:
                if line.is_prose:
                    continue
                span = _place_of(line.text)
                if span:
                    start, end = span
                    return Field(line.text[start:end], 0.9, line.start + start, line.start + end)
    return Field()


def _place_of(text: str) -> tuple[int, int] | None:
    label = _LABEL.match(text)
    if label and label.end() < len(text):
        return label.end(), len(text)
    return place_within(text)
