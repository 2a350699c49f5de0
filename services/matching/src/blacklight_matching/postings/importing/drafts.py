"""Rows of a batch: what makes one acceptable, which equal each other, and what is answered for each. Pure.

Spec 6.12; pains P-36, P-37, P-43.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from blacklight_matching.fingerprint import fingerprint, synthetic_id
from blacklight_matching.postings.extraction.posted import posted_in_field

LONGEST_JOB_ID = 255
_KEPT_OF_LONG_ID = 200
_KEPT_OF_CONTENT = 16
_SYNTHETIC = re.compile(r"syn-[0-9a-f]{16}")
_AHEAD = timedelta(days=2)
SAME_CONTENT_WINDOW = timedelta(days=30)
"""Equal content met again within it is the same opening; later it is a repost (spec decision D-8)."""
_ABOUT = re.compile(r"\+|week|wk|month|year|yr|\b\d+\s*(?:w|mos?|y)\b", re.IGNORECASE)
_WEB = re.compile(r"\s*https?://", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A posting as its source delivers it, well-formed by the contract's rules."""

    platform_job_id: str
    title: str
    company: str
    location: str
    description: str
    url: str
    salary_min: float | None = None
    salary_max: float | None = None
    salary_currency: str = ""
    job_type: str = ""
    experience_level: str = ""
    posted_date: str = ""
    remote: bool | None = None


@dataclass(frozen=True, slots=True)
class KeptPosting:
    """The posting that a row was taken for, as it is stored."""

    platform: str
    platform_job_id: str
    title: str
    company: str
    location: str
    url: str


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row; `kept` is for all but NEW and REJECTED.

    `outcome` is NEW, DUPLICATE, REFRESHED, UPDATED (refreshed, and its text taken over), DIFFERS (refreshed, and its
    other text not taken over) or REJECTED.
    """

    outcome: str
    posting_id: str = ""
    reason: str = ""
    field: str = ""
    message: str = ""
    kept: KeptPosting | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An accepted row with what it is recognised by.

    Attributes:
        ordinal: place in the batch.
        head: ordinal of the first row equal to this one; its own where it is the first.
        platform_job_id: the board's id (shortened past 255 characters), or one made of the content.
        fingerprint: of the content; None where the text says too little to be compared.
        content: a number that changes when anything changes that is stored of the posting, but for address and date.
        renewed_time: `posted_time` where the board says the very day; "30+ days ago" is said of older and older ones.
    """

    ordinal: int
    head: int
    draft: Draft
    platform_job_id: str
    fingerprint: str | None
    posted_time: datetime | None
    content: int
    renewed_time: datetime | None

    @property
    def is_head(self) -> bool:
        """Whether no earlier row of the batch equals this one."""
        return self.head == self.ordinal


@dataclass(frozen=True, slots=True)
class Batch:
    """A checked batch: accepted rows in order, and the rejections by ordinal."""

    rows: Sequence[Row]
    rejections: Mapping[int, RowResult]

    @property
    def heads(self) -> list[Row]:
        """The rows that are not duplicates inside the batch."""
        return [row for row in self.rows if row.is_head]

    @property
    def firsts(self) -> list[Row]:
        """Of the rows of each id the first, which is the one that counts."""
        firsts = {row.platform_job_id: row.ordinal for row in reversed(self.rows)}
        return [row for row in self.rows if firsts[row.platform_job_id] == row.ordinal]


class RowFault(ValueError):
    """A row that can't be taken; `field` is at fault for `reason`."""

    def __init__(self, reason: str, field: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field


def check_batch(platform: str, drafts: Sequence[Draft | RowResult], now: datetime, *, by_mail: bool = False) -> Batch:
    """Checks every row by itself and finds the rows that equal an earlier one by board id or by content.

    A row that the contract's rules rejected already comes as its RowResult. Of postings that come `by_mail`
    an empty address is taken, and an empty company: mails name no address, and not always for whom the work is.
    """
    rejections: dict[int, RowResult] = {}
    rows: list[Row] = []
    first_by_id: dict[str, int] = {}
    first_by_content: dict[str, int] = {}
    for ordinal, draft in enumerate(drafts):
        if isinstance(draft, RowResult):
            rejections[ordinal] = draft
            continue
        try:
            posted = _acceptable(draft, now, by_mail)
        except RowFault as fault:
            rejections[ordinal] = RowResult("REJECTED", "", fault.reason, fault.field, str(fault))
            continue
        content = fingerprint(draft.title, draft.company, draft.location, draft.description)
        job_id = job_id_of(platform, draft, content)
        head = first_by_id.get(job_id, first_by_content.get(content or f"row {ordinal}", ordinal))
        renewed = None if posted is None or _ABOUT.search(draft.posted_date) else posted
        rows.append(Row(ordinal, head, draft, job_id, content, posted, content_number(draft, content), renewed))
        first_by_id.setdefault(job_id, head)
        first_by_content.setdefault(content or f"row {ordinal}", head)
    return Batch(rows, rejections)


def _acceptable(draft: Draft, now: datetime, by_mail: bool) -> datetime | None:
    """When it was posted. Raises RowFault where the row can't be taken."""
    for field in ("title", "description") if by_mail else ("title", "company", "description"):
        if not str(getattr(draft, field)).strip("\x00 \t\r\n"):
            raise RowFault("BLANK_FIELD", field, f"{field} holds no visible character; give the board's {field}")
    if (draft.url or not by_mail) and not _WEB.match(draft.url):
        raise RowFault("INVALID_URL", "url", "url must begin with http:// or https://")
    return posted_time(draft.posted_date, now)


def job_id_of(platform: str, draft: Draft, content: str | None) -> str:
    """The board's own id; past 255 characters its head and a hash.

    Where the board has none: one made of title, company and place, as hosts make it too, and of what the text says.
    Two openings of one company under one title are two (P-43).

    Args:
        content: the fingerprint; None where the text says too little for one.
    """
    given = draft.platform_job_id.replace("\x00", "").strip()
    given = given or synthetic_id(platform, draft.title, draft.company, draft.location)
    if _SYNTHETIC.fullmatch(given):
        return f"{given}-{(content or _short_text(draft.description))[:_KEPT_OF_CONTENT]}"
    if len(given) <= LONGEST_JOB_ID:
        return given
    return f"{given[:_KEPT_OF_LONG_ID]}...{hashlib.sha256(given.encode()).hexdigest()[:32]}"


def content_number(draft: Draft, content: str | None) -> int:
    """64 bits of a hash, signed, over what is stored of a posting; the text as `content` compares it."""
    told = (
        f"{content or _short_text(draft.description)}\x1f{draft.title}\x1f{draft.company}\x1f{draft.location}"
        f"\x1f{draft.salary_min}\x1f{draft.salary_max}\x1f{draft.salary_currency}"
        f"\x1f{draft.job_type}\x1f{draft.experience_level}\x1f{draft.remote}"
    )
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def dates_of(rows: Sequence[Row], ids: Mapping[int, str]) -> dict[str, object]:
    """When the board says that these rows were posted, beside the stored postings that they are; `ids` by head."""
    return {
        "met_ids": [ids[row.head] for row in rows],
        "posted_times": [row.posted_time for row in rows],
        "renewed_times": [row.renewed_time for row in rows],
    }


def _short_text(description: str) -> str:
    return hashlib.sha256(" ".join(description.casefold().split()).encode("utf-8", "surrogatepass")).hexdigest()


def posted_time(text: str, now: datetime) -> datetime | None:
    """When the board says it was posted: ISO 8601 (a time without a zone is UTC), or as boards write a day
    ("3 days ago", "03/14/2026"), as of `now`. Raises RowFault.
    """
    if not text:
        return None
    moment = _iso(text) or _written(text, now)
    if moment is None:
        raise RowFault(
            "INVALID_DATE",
            "posted_date",
            "posted_date must be ISO 8601, such as 2026-03-14, or as boards write a day (3 days ago), or empty",
        )
    if moment > now + _AHEAD:
        raise RowFault("DATE_IN_FUTURE", "posted_date", "posted_date lies in the future")
    if moment.year < 1990:
        raise RowFault("INVALID_DATE", "posted_date", "posted_date lies before 1990")
    return moment


def _iso(text: str) -> datetime | None:
    try:
        if _DATE.fullmatch(text):
            return _midnight(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _written(text: str, now: datetime) -> datetime | None:
    day = posted_in_field(text, now.date())
    return None if day is None else _midnight(day)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
