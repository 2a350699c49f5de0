"""Reads a mail: whether it offers work, and each job in it with its fields. Local, and blind to what a text demands:
nothing a mail says changes how it is read (P-19). Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

from blacklight_matching.mailboxes.reading.head import head_of
from blacklight_matching.mailboxes.reading.own_words import OwnWords, own_words
from blacklight_matching.mailboxes.reading.refusal import refused, refused_text
from blacklight_matching.mailboxes.reading.sections import sections
from blacklight_matching.mailboxes.reading.texts import mail_text
from blacklight_matching.mailboxes.reading.vendor import vendor_of
from blacklight_matching.postings.extraction import ExtractedFields, extract_text
from blacklight_matching.postings.extraction.job_title import has_noun
from blacklight_matching.postings.importing.drafts import Draft

NO_JOB = "NO_JOB"
LEAST_SIGNS = 2
LONGEST_DESCRIPTION = 100_000
_PREFIXES = re.compile(
    r"^\s*(?:(?:re|fwd?|fw|urgent|hot|new|immediate(?: need| interview)?)\s*[:!*-]+\s*)+", re.IGNORECASE
)
_ASKS = re.compile(
    r"\b(?:requirements?|openings?|positions?|roles?|opportunit(?:y|ies)|hiring|looking for|seeking|need|client|"
    r"responsibilities|qualifications|job description|jd|duration|must have)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"^(?:confidential|undisclosed|not disclosed|n/?a|tbd|direct client|end client|our (?:direct |end )?client|fortune|"
    r"(?:a|an|one of|leading|major|large|global|top)\b|implementation|prime vendor|will (?:be )?(?:share|disclose))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MailJob:
    """One job of a mail; `number` counts from 1."""

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
    parts = sections(words.text)
    vendor = vendor_of(f"{words.greeting}\n{words.text}", words.signature, sender)
    common = extract_text(parts.common, seen=day) if parts.common else None
    found: list[MailJob] = []
    for part in parts.jobs:
        fields = extract_text(part, seen=day)
        if len(parts.jobs) == 1:
            fields = _with(fields, extract_text(subject, seen=day), subject=True)
        if common is not None:
            fields = _with(fields, common)
        if not (fields.title and has_noun(fields.title)) or _signs(fields, part) < LEAST_SIGNS:
            continue
        company = fields.company if fields.company and not _VAGUE.match(fields.company) else vendor
        found.append(MailJob(len(found) + 1, fields, company or parseaddr(sender)[1], part, day))
    return tuple(found)


def _with(fields: ExtractedFields, other: ExtractedFields, *, subject: bool = False) -> ExtractedFields:
    """The fields, and what they do not say from elsewhere in the mail."""
    return replace(
        fields,
        title=fields.title or (other.title if subject else ""),
        places=fields.places or other.places,
        workplace=fields.workplace or other.workplace,
        contract_types=fields.contract_types or other.contract_types,
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
