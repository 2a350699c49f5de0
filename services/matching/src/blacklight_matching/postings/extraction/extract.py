"""All that a posting says, read from its raw title and description, or from running text without fields.

Raw texts stay with the caller. A board's own field comes before what the text says. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from blacklight_skills import TAXONOMY_VERSION

from blacklight_matching.plain_text import plain_text
from blacklight_matching.postings.extraction.authorization import find_authorizations, find_sponsorship
from blacklight_matching.postings.extraction.clearance import find_clearance
from blacklight_matching.postings.extraction.contract import contracts_in_field, find_contracts
from blacklight_matching.postings.extraction.fields import ExtractedFields
from blacklight_matching.postings.extraction.pay import Pay
from blacklight_matching.postings.extraction.place import Place, places_in_field
from blacklight_matching.postings.extraction.posted import find_posted
from blacklight_matching.postings.extraction.rates import find_rate
from blacklight_matching.postings.extraction.requirements import skills_asked
from blacklight_matching.postings.extraction.running_text import RunningText
from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.workplace import Workplace, find_workplace
from blacklight_matching.postings.extraction.years import years_asked
from blacklight_matching.titles import clean_title, tidy_title

EXTRACTION_VERSION = f"4/{TAXONOMY_VERSION}"
"""Stored beside what was extracted; changes with the rules or the taxonomy."""

LONGEST_TEXT = 200_000
"""Characters of a description that are read; the rest is kept raw but not searched."""


@dataclass
class _Said:
    """Spans on their way into the fields."""

    spans: dict[str, tuple[Span, ...]] = field(default_factory=dict)

    def at(self, name: str, *spans: Span) -> None:
        kept = tuple(span for span in spans if span.end > span.start)
        if kept:
            self.spans[name] = kept


def extract_posting(
    title: str,
    description: str,
    location: str = "",
    company: str = "",
    *,
    job_type: str = "",
    pay: Pay | None = None,
    remote: bool | None = None,
    seen: date | None = None,
) -> ExtractedFields:
    """Read a posting that has fields; one that is empty is looked for in the description.

    Args:
        title, description: raw, as the board gave them; the description may be HTML.
        location: the board's place field; says whether the work is remote when the text does not.
        company: name of the company that hires, so that no word of it is taken for a skill.
        job_type: the board's field of the kind of contract.
        pay: from the board's own fields.
        remote: the board's own flag.
        seen: the day it was seen; without it, no date is looked for in the text.
    """
    head = tidy_title(title)
    body = plain_text(description[: 4 * LONGEST_TEXT])[:LONGEST_TEXT]
    text = f"{head}\n\n{body}"
    start = len(head) + 2
    said, running = _Said(), RunningText(text, start)
    if not head:
        head = running.title(said.at)
    company = company.strip() or running.company(said.at)
    places = places_in_field(location) if location.strip() else ()
    places = places or running.places(said.at)
    workplace = _workplace(remote, title, location, running, said)
    return _fields(text, start, clean_title(head), company, places, workplace, said, job_type, pay, seen, running)


def extract_text(text: str, *, seen: date) -> ExtractedFields:
    """Read running text: an e-mail, a pasted job, a page. HTML and Markdown are read as plain text.

    Args:
        seen: the day it was written or seen, from which "3 days ago" counts.
    """
    plain = plain_text(text[: 4 * LONGEST_TEXT])[:LONGEST_TEXT]
    said, running = _Said(), RunningText(plain, 0)
    title, company = running.title(said.at), running.company(said.at)
    places = running.places(said.at)
    workplace = _workplace(None, "", "", running, said)
    return _fields(plain, 0, clean_title(title), company, places, workplace, said, "", None, seen, running)


def _fields(
    text: str, start: int, title: str, company: str, places: tuple[Place, ...], workplace: str, said: _Said,
    job_type: str, pay: Pay | None, seen: date | None, running: RunningText,
) -> ExtractedFields:  # fmt: skip
    country = next((place.country for place in places), "")
    contracts = contracts_in_field(job_type) if job_type.strip() else []
    if not contracts:
        contracts = running.contracts() or find_contracts(text)
        said.at("contract_types", *(contract.span for contract in contracts))
    if pay is None:
        kinds = [contract.kind for contract in contracts]
        pay = running.pay(country, kinds) or find_rate(text, country, kinds)
        said.at("pay", *([pay.span] if pay else []))
    accepted = running.authorizations() or find_authorizations(text)
    said.at("work_authorizations", *(one.span for one in accepted))
    sponsorship, clearance = find_sponsorship(text), find_clearance(text)
    said.at("sponsorship", *([sponsorship.span] if sponsorship else []))
    said.at("clearance", *([clearance.span] if clearance else []))
    posted = (running.posted(seen, country) or find_posted(text, seen, country)) if seen else None
    said.at("posted_date", *([posted.span] if posted else []))
    years = years_asked(text, company)
    said.at("years", *([years.sentence] if years else []))
    return ExtractedFields(
        text=text, description_start=start, title=title, company=company, places=places, workplace=workplace,
        contract_types=tuple(contract.kind for contract in contracts), pay=pay, years=years,
        work_authorizations=tuple(one.kind for one in accepted), sponsorship=sponsorship.kind if sponsorship else "",
        clearance=clearance.level if clearance else "", posted_date=posted.day if posted else None,
        skills=tuple(skills_asked(text, company)), spans=said.spans,
    )  # fmt: skip


def _workplace(remote: bool | None, title: str, location: str, running: RunningText, said: _Said) -> str:
    """The board's flag first; the title speaks before the text, the text before the place field."""
    if remote:
        return "REMOTE"
    in_title = find_workplace(tidy_title(title)) if title else None
    found = in_title or running.workplace()
    in_place = find_workplace(location) or running.workplace_by_place()
    if found is None or (in_place is not None and found.kind == "ONSITE" and in_title is None):
        found = in_place or found
    if remote is False and found is not None and found.kind == "REMOTE":
        found = None  # the board says that it is not
    _place_said(said, found)
    return found.kind if found else ""


def _place_said(said: _Said, found: Workplace | None) -> None:
    if found is not None:
        said.at("workplace", found.span)
