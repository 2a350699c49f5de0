"""The sentences of a resume that show a skill or a time of work. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from blacklight_skills import find_skills, key_of

from blacklight_candidate.resumes.parsing import Job, ParsedResume

MAX_SENTENCE = 500
MAX_JOBS = 30
MAX_PROSE = 16_000
MAX_HEAD = 300
"""Characters from the first to the last of what the head of a job says."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*[•●▪■◦○·*–-]\s)|(?<=[.!?])\s+(?=[A-Z•\"'(])|\n(?=[A-Z0-9])")
_BULLET = re.compile(r"[\s•●▪■◦○·*–-]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the resume: `text` is `[start, end)` of the extracted text on one line; 0, 0 where typed."""

    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A skill, where it stands in the text, and the sentence that shows it; no sentence where typed."""

    skill: str
    start: int = 0
    end: int = 0
    sentence: Quote = Quote()


def evidence_of(skills: Sequence[str], parsed: ParsedResume, text: str) -> list[Evidence]:
    """Each skill with its best sentence: one from the work itself before one from a list."""
    spans = _spans(parsed, text)
    return [_evidence(skill, spans.get(key_of(skill)), text) for skill in skills]


def quote(text: str, start: int, end: int) -> Quote:
    """What stands there, on one line, without the white space around it."""
    words = text[start:end]
    first = start + len(words) - len(words.lstrip())
    last = end - (len(words) - len(words.rstrip()))
    return Quote(" ".join(words.split()), first, last) if first < last else Quote()


def sentence_around(text: str, start: int, end: int) -> Quote:
    """The sentence or line that holds the span, without its bullet, at most 500 characters round the span."""
    # No further than a sentence may be long: a text of one endless line costs no more than another.
    low, high = max(0, start - MAX_SENTENCE), min(len(text), end + MAX_SENTENCE)
    first = max((match.end() for match in _BREAK.finditer(text, low, start)), default=low)
    following = _BREAK.search(text, end, high)
    last = following.start() if following else high
    if last - first > MAX_SENTENCE:
        first = max(first, start - MAX_SENTENCE // 2)
        last = min(last, first + MAX_SENTENCE)
    bullet = _BULLET.match(text, first, last)
    return quote(text, bullet.end() if bullet else first, last)


def opening_of(summary: str, parsed: ParsedResume, text: str) -> Quote:
    """What stands for the person as a whole: the first sentence of the summary, else the title of the latest job."""
    if not summary.strip():
        titles = [job.title for job in parsed.jobs if job.title.value]
        return quote(text, titles[0].start, min(titles[0].end, titles[0].start + MAX_HEAD)) if titles else Quote()
    own = parsed.summary
    if own.value and " ".join(own.value.split()) == " ".join(summary.split()):
        return _first_sentence(text, own.start, own.end)
    return replace(_first_sentence(summary, 0, len(summary)), start=0, end=0)


def quotes_of(jobs: Iterable[Job], text: str) -> list[Quote]:
    """For each line of `experience_of` what the resume itself says: title, employer and dates of the job."""
    return [_head(job, text) for job in jobs if job.start.value][:MAX_JOBS]


def experience_of(jobs: Iterable[Job]) -> list[str]:
    """A line for each dated job, e.g. `Jan 2015 to present at Initech as Java developer`."""
    lines = (_experience(job) for job in jobs if job.start.value)
    return [line[:MAX_SENTENCE] for line in lines][:MAX_JOBS]


def prose_of(summary: str, jobs: Iterable[Job]) -> str:
    """The summary, then title and description of each job, as printed; at most 16,000 characters."""
    work = (part for job in jobs for part in (job.title.value, job.description.value))
    return "\n".join(filter(None, (summary, *work)))[:MAX_PROSE]


def _spans(parsed: ParsedResume, text: str) -> dict[str, tuple[int, int]]:
    """Where each skill is best seen, by its key: in a job's description, else where it was read first."""
    spans: dict[str, tuple[int, int]] = {}
    work = [(job.description.start, job.description.end) for job in parsed.jobs if job.description.stated]
    for found in find_skills(text):
        if any(start <= found.start and found.end <= end for start, end in work):
            spans.setdefault(key_of(found.name), (found.start, found.end))
    for skill in (*parsed.skills, *parsed.mentioned_skills):
        spans.setdefault(key_of(skill.value or ""), (skill.start, skill.end))
    return spans


def _evidence(skill: str, span: tuple[int, int] | None, text: str) -> Evidence:
    if span is None:
        return Evidence(skill)
    return Evidence(skill, *span, sentence_around(text, *span))


def _first_sentence(text: str, start: int, end: int) -> Quote:
    """The first sentence between the two, at most 300 characters of it."""
    whole = quote(text, start, end)
    following = _SENTENCE_END.search(text, whole.start, whole.end)
    return quote(text, whole.start, min(following.start() if following else whole.end, whole.start + MAX_HEAD))


def _head(job: Job, text: str) -> Quote:
    """From the first to the last of title, employer and dates, to the end of the line; else the line of the date."""
    fields = [field for field in (job.title, job.employer, job.start, job.end) if field.end > field.start]
    if not fields:
        return Quote()
    first, last = min(field.start for field in fields), max(field.end for field in fields)
    if last - first > MAX_HEAD:
        first, last = job.start.start, job.start.end
    line_end = text.find("\n", last)
    line_end = len(text) if line_end < 0 else line_end
    return quote(text, first, line_end if line_end - last <= MAX_HEAD // 4 else last)


def _experience(job: Job) -> str:
    end = "present" if job.is_current or not job.end.value else _month(job.end.value)
    line = f"{_month(job.start.value or '')} to {end}"
    if job.employer.value:
        line += f" at {_plain(job.employer.value)}"
    return f"{line} as {_plain(job.title.value)}" if job.title.value else line


def _month(value: str) -> str:
    return f"{_MONTHS[int(value[5:7]) - 1]} {value[:4]}" if len(value) == 7 else value


def _plain(text: str) -> str:
    return " ".join(text.split())
