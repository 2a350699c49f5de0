"""The fields of a text that names them nowhere else: by label, by its first lines, by its sentences, in this order.

Each way is taken only when it is asked for and the ones before it gave nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from blacklight_matching.postings.extraction.authorization import Authorization, find_authorizations
from blacklight_matching.postings.extraction.company_in_text import company_in_text, is_something_else
from blacklight_matching.postings.extraction.contract import Contract, contracts_in_field
from blacklight_matching.postings.extraction.head import Head, read_head
from blacklight_matching.postings.extraction.job_title import has_noun, title_in_prose
from blacklight_matching.postings.extraction.labels import Labelled, labelled_fields
from blacklight_matching.postings.extraction.pay import Pay
from blacklight_matching.postings.extraction.place import Place, places_in_field
from blacklight_matching.postings.extraction.place_mentions import find_places
from blacklight_matching.postings.extraction.posted import Posted, find_posted, posted_in_field
from blacklight_matching.postings.extraction.rates import rate_in_field
from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.workplace import Workplace, find_workplace

Note = Callable[..., None]
"""Takes the name of a field and the spans where it is said."""

_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_ADDRESS = re.compile(r"<?https?://\S+")
_MARKS = re.compile(r"[*_`#]{1,6}(?=\w)|(?<=[\w.,;:!?)])[*_`#]{1,6}")
_LONGEST_READ = 30_000
"""Characters that are read for what boards give in fields."""
_LONG_TITLE = 60
_LONGEST_TITLE, _LONGEST_COMPANY, _LONGEST_PLACE = 120, 80, 90
_PROSE = re.compile(
    r"[.!?]\s+[A-Z]|\b(?:we|you|your|our|is|are|will|have|has|that|which|who|their|should|must|can)\b", re.IGNORECASE
)
_NO_VALUE = re.compile(
    r"^(?:see|as|per|to|depends|depending|negotiable|competitive|market|n/?a|tbd|tba|confidential|"
    r"will|the|a|an|you|we|not)\b",
    re.I,
)


class RunningText:
    """A text that is read for what no field gives; marks of Markdown are blanked, so that places in it stay."""

    def __init__(self, text: str, body_start: int) -> None:
        self._text = text
        self._start = body_start

    @cached_property
    def _quiet(self) -> str:
        """The beginning of the body without marks and addresses, every letter in its place."""
        body = self._text[self._start : self._start + _LONGEST_READ]
        if "](" in body:
            body = _LINK.sub(lambda link: " " + link[1] + " " * (len(link[0]) - len(link[1]) - 1), body)
        if "http" in body:
            body = _ADDRESS.sub(lambda address: " " * len(address[0]), body)
        return (" " * self._start)[:-1] + "\n" * (self._start > 0) + _MARKS.sub(lambda marks: " " * len(marks[0]), body)

    @cached_property
    def _labels(self) -> dict[str, list[Labelled]]:
        return labelled_fields(self._quiet)

    @cached_property
    def _head(self) -> Head:
        return read_head(self._quiet)

    def title(self, note: Note) -> str:
        """The title, or empty."""
        for label in self._labels.get("title", []):
            if len(label.value) <= _LONGEST_TITLE and has_noun(label.value) and not _PROSE.search(label.value):
                note("title", label.span)
                return label.value.partition("(")[0].strip() if len(label.value) > _LONG_TITLE else label.value
        if self._head.title is not None:
            note("title", self._head.title[1])
            return self._head.title[0]
        found = title_in_prose(self._quiet)
        if found is None:
            return ""
        note("title", found.span)
        return found.value

    def company(self, note: Note) -> str:
        """Who hires, or empty."""
        for label in self._labels.get("company", []):
            if _may_be_name(label.value):
                note("company", label.span)
                return label.value
        if self._head.company is not None and not is_something_else(self._head.company[0]):
            note("company", self._head.company[1])
            return self._head.company[0]
        found = company_in_text(self._quiet, self._text[: self._start + _LONGEST_READ])
        if found is None:
            return ""
        note("company", found.span)
        return found.name

    def places(self, note: Note) -> tuple[Place, ...]:
        """The places of work, or none."""
        for label in self._labels.get("place", []):
            prose = len(label.value) > _LONGEST_PLACE or _PROSE.search(label.value)
            places = tuple(one.place for one in find_places(label.value)) if prose else places_in_field(label.value)
            if places:
                note("places", label.span)
                return places
        if self._head.places is not None:
            note("places", self._head.places[1])
            return self._head.places[0]
        mentions = find_places(self._quiet)
        note("places", *(mention.span for mention in mentions))
        return tuple(mention.place for mention in mentions)

    def workplace(self) -> Workplace | None:
        """What labels, first lines and sentences say of remote work, in this order."""
        for label in self._labels.get("workplace", []):
            if (found := find_workplace(label.value) or _yes_to(label)) is not None:
                return _moved(found, label.span) if found.span.end <= len(label.value) else found
        return find_workplace(self._text)

    def workplace_by_place(self) -> Workplace | None:
        """What a label "Location" says of it: "Location: Remote"."""
        for label in self._labels.get("place", []):
            if (found := find_workplace(label.value)) is not None:
                return _moved(found, label.span)
        return None

    def contracts(self) -> list[Contract]:
        """The kinds of contract by label or first lines."""
        for label in self._labels.get("contract", []):
            if found := self._contracts_at(label.span):
                return found
        terms = self._head.terms if self._start == 0 else []  # a board's posting begins with prose
        kinds = {one.kind: one for span in reversed(terms) for one in self._contracts_at(span)}
        return sorted(kinds.values(), key=lambda one: one.span.start)

    def _contracts_at(self, span: Span) -> list[Contract]:
        found = contracts_in_field(self._quiet[span.start : span.end])
        return [replace(one, span=_shift(one.span, span)) for one in found]

    def pay(self, country: str, offered: Sequence[str]) -> Pay | None:
        """The pay by label, of the kinds of contract that are offered."""
        for label in self._labels.get("pay", []):
            if (pay := rate_in_field(label.value, country, offered)) is not None:
                return replace(pay, span=_shift(pay.span, label.span))
        return None

    def authorizations(self) -> list[Authorization]:
        """Who is accepted, by label."""
        for label in self._labels.get("visa", []):
            if found := find_authorizations(f"Visa: {label.value}"):
                start = Span(label.span.start - 6, label.span.end)
                return [replace(one, span=_shift(one.span, start)) for one in found]
        return []

    def posted(self, seen: date, country: str) -> Posted | None:
        """When it was posted, by label."""
        for label in self._labels.get("posted", []):
            if (day := posted_in_field(label.value, seen, country)) is not None:
                return Posted(day, label.span)
        return find_posted(self._quiet, seen, country)


def _may_be_name(value: str) -> bool:
    return (
        len(value) <= _LONGEST_COMPANY
        and not _NO_VALUE.match(value)
        and not _PROSE.search(value)
        and value[:1].isalnum()
    )


def _yes_to(label: Labelled) -> Workplace | None:
    """ "Remote: yes" and "Telecommuting: no"."""
    word = label.value.casefold()[:12]
    kind = (
        "REMOTE"
        if word.startswith(("yes", "ok", "100%", "true"))
        else "ONSITE"
        if word.startswith(("no", "none", "false"))
        else ""
    )
    return Workplace(kind, Span(0, min(len(label.value), 4))) if kind else None


def _moved(found: Workplace, by: Span) -> Workplace:
    return Workplace(found.kind, _shift(found.span, by))


def _shift(span: Span, by: Span) -> Span:
    return Span(by.start + span.start, by.start + span.end)
