"""Reads a mail: whether it offers work, and each job in it with its fields. Local, and blind to what a text demands:
nothing a mail says changes how it is read (P-19). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from blacklight_matching.mailboxes.reading.addresses import without_address
from blacklight_matching.mailboxes.reading.amounts import bare_pay, hourly_pay, yearly_pay
from blacklight_matching.mailboxes.reading.client import client_of, partner_of
from blacklight_matching.mailboxes.reading.head import head_of
from blacklight_matching.mailboxes.reading.lines import (
    is_hybrid,
    is_on_site,
    place_in_sentence,
    with_labels,
    without_number,
)
from blacklight_matching.mailboxes.reading.own_words import OwnWords, own_words
from blacklight_matching.mailboxes.reading.refusal import refused, refused_text
from blacklight_matching.mailboxes.reading.sections import sections
from blacklight_matching.mailboxes.reading.talk import says_still_open, without_closed
from blacklight_matching.mailboxes.reading.texts import mail_text
from blacklight_matching.mailboxes.reading.titles import (
    names_job,
    singular,
    title_by_label,
    title_in_lines,
    title_named,
    without_client,
)
from blacklight_matching.mailboxes.reading.vendor import vendor_of
from blacklight_matching.postings.extraction import ExtractedFields, extract_text
from blacklight_matching.postings.extraction.contract import (
    C2C,
    CONTRACT,
    FORM_1099,
    FULL_TIME,
    W2,
    find_contracts,
)
from blacklight_matching.postings.extraction.labels import labelled_fields
from blacklight_matching.postings.extraction.pay import Pay
from blacklight_matching.postings.importing.drafts import Draft
from blacklight_matching.titles import clean_title

NO_JOB = "NO_JOB"
LEAST_SIGNS = 2
HOURLY = frozenset({C2C, W2, FORM_1099})
LONGEST_DESCRIPTION = 100_000
LONGEST_NAME = 80
_PREFIXES = re.compile(
    r"^\s*(?:(?:re|fwd?|fw|urgent|hot|new|immediate(?: need| interview)?)\s*[:!*-]+\s*)+", re.IGNORECASE
)
_ASKS = re.compile(
    r"\b(?:requirements?|openings?|positions?|roles?|opportunit(?:y|ies)|hiring|looking for|seeking|need|client|"
    r"responsibilities|qualifications|job description|jd|duration|must have)\b",
    re.IGNORECASE,
)
_PERMANENT = re.compile(r"\bpermanent\b|\bdirect placement\b", re.IGNORECASE)
_CLIENT = re.compile(r"\b(?:client|customer)\b[^\n]{0,20}$", re.IGNORECASE)
_THROUGH = re.compile(r"\s*(?:\(|\b(?:via|through|thru)\b).*$", re.IGNORECASE | re.DOTALL)
_VAGUE = re.compile(
    r"^(?:confidential|undisclosed|not disclosed|n/?a|tbd|direct client|end client|our (?:direct |end )?client|fortune|"
    r"(?:a|an|one of|leading|major|large|global|top)\b|implementation|prime vendor|will (?:be )?(?:share|disclose))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MailJob:
    """One job of a mail; `number` counts from 1. The company is empty where the mail names none: who wrote it is a
    person, whose address is not for everybody who sees the posting (P-91).
    """

    number: int
    fields: ExtractedFields
    company: str
    text: str
    receive_day: date

    def draft(self, message_key: bytes, today: date) -> Draft:
        """The job as a posting; mails name no address of it. A server whose clock is ahead dates nothing ahead."""
        fields, pay = self.fields, self.fields.pay
        return Draft(
            platform_job_id=f"{message_key.hex()[:40]}-{self.number}",
            title=fields.title[:500],
            company=self.company[:255],
            location="; ".join(map(str, fields.places))[:255],
            description=self.text[:LONGEST_DESCRIPTION],
            url="",
            salary_min=None if pay is None else pay.min,
            salary_max=None if pay is None else pay.max,
            salary_currency="" if pay is None else pay.currency,
            job_type=", ".join(fields.contract_types)[:255],
            posted_date=min(self.receive_day, today).isoformat(),
            remote=True if fields.workplace == "REMOTE" else None,
        )


@dataclass(frozen=True, slots=True)
class MailReading:
    """What a mail says; without jobs, `refusal` says why."""

    jobs: tuple[MailJob, ...]
    refusal: str = ""


def read_mail(raw: bytes, receive_time: datetime) -> MailReading:
    """Reads a mail as it came. Raises whatever a malformed one does to the standard parser."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=default)
    head = head_of(raw)
    refusal = refused(message, head.subject, head.sender)
    if refusal:
        return MailReading((), refusal)
    words = own_words(mail_text(message), head.subject)
    refusal = refused_text(words.text)
    if refusal:
        return MailReading((), refusal)
    sender = words.sender or str(message.get("From", ""))
    jobs = _jobs(words, _clean_subject(words.subject or head.subject), sender, receive_time.date())
    return MailReading(jobs, "" if jobs else NO_JOB)


def _clean_subject(subject: str) -> str:
    return _PREFIXES.sub("", " ".join(subject.split())).strip(" *!-–|:")


def _jobs(words: OwnWords, subject: str, sender: str, day: date) -> tuple[MailJob, ...]:
    parts = sections(with_labels(without_closed(words.text)))
    vendor = vendor_of(f"{words.greeting}\n{words.text}", f"{words.signature}\n{_last_lines(words.text)}", sender)
    head = "" if words.is_answer and not says_still_open(words.text) else subject
    found: list[MailJob] = []
    for part in parts.jobs:
        fields = _read(part, parts.common, head if len(parts.jobs) == 1 else "", day)
        if not names_job(fields.title) or _signs(fields, part) < LEAST_SIGNS:
            continue
        company = _company(part, vendor) or _company(parts.common, vendor) or vendor
        found.append(MailJob(len(found) + 1, fields, company, part, day))
    return tuple(found)


def _read(part: str, common: str, head: str, day: date) -> ExtractedFields:
    """The fields of a part; what it does not say, as the subject or what is said of all jobs does."""
    part = without_number(part)
    fields = extract_text(part, seen=day)
    title = next(filter(names_job, (title_by_label(part), fields.title, title_in_lines(part), title_named(part))), "")
    kinds = dict.fromkeys([*fields.contract_types, *(found.kind for found in find_contracts(part))])
    fields = replace(
        fields,
        title=clean_title(singular(without_client(title))),
        contract_types=_contracts(kinds) or ((FULL_TIME,) if _PERMANENT.search(part) else ()),
        pay=fields.pay or _unsigned_pay(part, HOURLY.intersection(kinds)),
        workplace=_workplace(fields.workplace, part),
        places=fields.places or place_in_sentence(part),
    )
    for other in (head, common):
        if other:
            fields = _with(fields, extract_text(other, seen=day), title=other is head)
    return replace(
        fields,
        title=fields.title or clean_title(title_in_lines(head)),
        pay=fields.pay or _unsigned_pay(head, HOURLY.intersection(fields.contract_types)),
    )


def _workplace(said: str, part: str) -> str:
    """Where the work is done; days in the office that are counted make it hybrid."""
    if said in ("", "REMOTE") and is_hybrid(part):
        return "HYBRID"
    return said or ("ONSITE" if is_on_site(part) else "")


def _unsigned_pay(part: str, by_the_hour: frozenset[str]) -> Pay | None:
    """Pay as only mails write it."""
    return hourly_pay(part, by_the_hour) or (bare_pay(part, by_the_hour) if by_the_hour else None) or yearly_pay(part)


def _contracts(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds of contract; that it is one says nothing where it is said how it is paid."""
    known = tuple(kinds)
    return tuple(kind for kind in known if kind != CONTRACT) if len(known) > 1 else known


def _company(part: str, vendor: str) -> str:
    """For whom the work is: by label, a client's first; by what sentences say; who stands between; or empty."""
    labels = labelled_fields(part).get("company", [])
    named = [label for label in labels if not _is_vague(label.value) and len(label.value) <= LONGEST_NAME]
    for label in sorted(named, key=lambda label: not _CLIENT.search(part[: label.span.start])):
        if name := without_address(_THROUGH.sub("", label.value)):
            return name
    for label in labels:
        part = part.replace(label.value, "…")  # nor is a part of a vague one a name
    partner = without_address(partner_of(part))
    return client_of(part, vendor) or (partner if not _is_vague(partner) else "")


def _is_vague(name: str) -> bool:
    """Whether a label names nobody: "Confidential", "Big 4 consulting firm"."""
    words = name.split()
    return bool(_VAGUE.match(name)) or (
        len(words) > 2 and not any(char.isupper() for word in words[1:] for char in word)
    )


def _last_lines(text: str) -> str:
    """Short lines at the end: a signature without a farewell."""
    lines = [line for line in text.split("\n") if line.strip()][-4:]
    return "\n".join(line for line in lines if len(line) <= 60 and ":" not in line)


def _with(fields: ExtractedFields, other: ExtractedFields, *, title: bool) -> ExtractedFields:
    """The fields, and what they do not say from elsewhere in the mail."""
    vague = fields.contract_types in ((), (CONTRACT,))
    return replace(
        fields,
        title=fields.title or (other.title if title else ""),
        places=fields.places or other.places,
        workplace=fields.workplace or other.workplace,
        contract_types=other.contract_types or fields.contract_types if vague else fields.contract_types,
        pay=fields.pay or other.pay,
    )


def _signs(fields: ExtractedFields, text: str) -> int:
    """How many things of a job are said; a mere conversation about one says hardly any."""
    return sum((
        bool(fields.places or fields.workplace),
        fields.pay is not None,
        bool(fields.contract_types),
        fields.years is not None,
        len(fields.skills) > 1,
        bool(_ASKS.search(text)),
    ))  # fmt: skip
