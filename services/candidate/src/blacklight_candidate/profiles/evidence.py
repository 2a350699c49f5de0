"""The sentences of a resume that show a skill or a time of work. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from blacklight_skills import find_skills, key_of

from blacklight_candidate.resumes.parsing import Job, ParsedResume

MAX_SENTENCE = 500
MAX_JOBS = 30
MAX_PROSE = 16_000
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*[•●▪■◦○·*–-]\s)|(?<=[.!?])\s+(?=[A-Z•\"'(])|\n(?=[A-Z0-9])")
_BULLET = re.compile(r"^[\s•●▪■◦○·*–-]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A skill, the sentence that shows it, and where the skill stands in the text; no sentence where typed."""

    skill: str
    sentence: str = ""
    start: int = 0
    end: int = 0


def evidence_of(skills: Sequence[str], parsed: ParsedResume, text: str) -> list[Evidence]:
    """Each skill with its best sentence: one from the work itself before one from a list."""
    spans = _spans(parsed, text)
    return [_evidence(skill, spans.get(key_of(skill)), text) for skill in skills]


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence or line that holds the span, on one line, at most 500 characters round the span."""
    # No further than a sentence may be long: a text of one endless line costs no more than another.
    low, high = max(0, start - MAX_SENTENCE), min(len(text), end + MAX_SENTENCE)
    first = max((match.end() for match in _BREAK.finditer(text, low, start)), default=low)
    following = _BREAK.search(text, end, high)
    last = following.start() if following else high
    if last - first > MAX_SENTENCE:
        first = max(first, start - MAX_SENTENCE // 2)
        last = min(last, first + MAX_SENTENCE)
    return _BULLET.sub("", " ".join(text[first:last].split()))[:MAX_SENTENCE]


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
    return Evidence(skill, sentence_around(text, *span), *span)


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
