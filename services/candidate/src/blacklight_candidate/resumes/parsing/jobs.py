"""The jobs of a résumé: dated entries of the work sections, their titles and employers told apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .entries import Entry, split_entries
from .head_pieces import Piece, pieces_of, split_at_comma
from .lines import Line
from .model import Field, Job
from .sections import Section

_ASIDE = re.compile(
    r"\s*\((?:contract|full[- ]?time|part[- ]?time|through|via|client|vendor|payroll|freelance|remote|w2|c2c|temp|"
    r"internship|acquired|formerly|now)\b[^()]*\)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Reading:
    entry: Entry
    pieces: list[Piece]


def find_jobs(sections: Sequence[Section], text: str) -> tuple[Job, ...]:
    """Jobs in the order of the text."""
    jobs: list[Job] = []
    seen: set[tuple[str | None, ...]] = set()
    lines = [line for section in sections if section.kind == "work" for line in section.lines]
    readings = [_Reading(entry, pieces_of(entry)) for entry in split_entries(lines)]
    title_keys = _title_keys(readings)
    commas = _names_after_commas(readings, title_keys)
    employer: Field[str] = Field()
    for reading in readings:
        job = _job(reading, title_keys, commas, text)
        if not job.employer.stated and job.title.stated and len(reading.entry.head) <= 2 and employer.stated and jobs:
            job = _with_employer(job, employer)
        employer = job.employer
        if (job.title.stated or job.employer.stated) and _identity(job) not in seen:
            seen.add(_identity(job))
            jobs.append(job)
    return tuple(jobs)


def _identity(job: Job) -> tuple[str | None, ...]:
    """What tells a job from others: one listed twice, in a summary and in detail, is one job."""
    return (job.title.value, job.employer.value, job.start.value, job.end.value)


def _with_employer(job: Job, employer: Field[str]) -> Job:
    """Several positions under one employer: the name stands above the first of them only."""
    inherited = Field(employer.value, min(employer.confidence, 0.6), employer.start, employer.end)
    return Job(job.title, inherited, job.location, job.start, job.end, job.is_current, job.description)


def _title_keys(readings: Sequence[_Reading]) -> dict[tuple[object, ...], float]:
    """Share of the pieces standing at a place that read like titles."""
    scores: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for reading in readings:
        for piece in reading.pieces:
            if piece.label == "":
                scores[piece.key].append(piece.title_score)
    return {key: sum(values) / len(values) for key, values in scores.items()}


def _names_after_commas(readings: Sequence[_Reading], keys: dict[tuple[object, ...], float]) -> bool:
    """Most titles of this résumé carry the employer behind a comma: 'Software Engineer, Acme'."""
    titles = [_best_title([piece for piece in reading.pieces if piece.label == ""], keys) for reading in readings]
    halved = sum(1 for title in titles if title is not None and split_at_comma(title) is not None)
    return halved > 0 and halved >= 0.6 * len(readings)


def _job(reading: _Reading, title_keys: dict[tuple[object, ...], float], commas: bool, text: str) -> Job:
    entry, pieces = reading.entry, reading.pieces
    title, employer = _labelled(pieces, "title"), _labelled(pieces, "employer")
    free = [piece for piece in pieces if piece.label == ""]
    sure = 0.95
    if title is None:
        title = _best_title(free, title_keys)
        sure = 0.93 if title is not None and title.title_score >= 0.7 else 0.7
    rest = [piece for piece in free if piece is not title]
    employer_sure = 0.95 if employer else 0.0
    if employer is None:
        employer, employer_sure = _best_employer(rest, title)
    unsure = employer is None or (commas and employer.key[1] == "below" and employer.label == "")
    if title is not None and unsure and title.label == "":
        halves = split_at_comma(title)
        if halves is not None:
            title, employer = halves
            employer_sure = 0.9
    employer = _bare(employer)
    place = next((piece for piece in pieces if piece.label == "place"), None)
    start, end, current = _dates(entry)
    return Job(
        title=_field(title, sure),
        employer=_field(employer, employer_sure),
        location=_field(place, 0.92),
        start=start,
        end=end,
        is_current=current,
        description=_description(entry, [title, employer, place], text),
    )


def _labelled(pieces: Sequence[Piece], label: str) -> Piece | None:
    return next((piece for piece in pieces if piece.label == label), None)


def _best_title(free: Sequence[Piece], keys: dict[tuple[object, ...], float]) -> Piece | None:
    """The piece that reads most like a title, helped by what stands at that place in the other entries."""
    best: tuple[float, Piece] | None = None
    for piece in free:
        score = piece.title_score + 1.2 * keys.get(piece.key, 0.0) - 0.6 * piece.org_score
        if score >= 0.55 and (best is None or score > best[0] + 1e-9):
            best = (score, piece)
    return best[1] if best else None


def _best_employer(rest: Sequence[Piece], title: Piece | None) -> tuple[Piece | None, float]:
    """Of the pieces left, the first in the head; a name marked as an organisation goes before others."""
    names = [piece for piece in rest if piece.title_score < 0.7 or piece.org_score > 0]
    if not names:
        return None, 0.0
    line = title.key if title is not None else None
    ranked = sorted(names, key=lambda piece: (-_employer_score(piece, line), piece.start))
    first = ranked[0]
    return first, 0.92 if len(names) == 1 or first.org_score > 0 or names[0] is first else 0.75


def _employer_score(piece: Piece, title_key: tuple[object, ...] | None) -> float:
    score = 0.4 * piece.org_score
    if title_key is not None and piece.key[:2] == title_key[:2]:
        score += 0.3
    if piece.key[1] != "below":
        score += 0.5
    score += 0.5 * _capitalised(piece.text)
    if len(piece.text.split()) > 7:
        score -= 0.5
    return score


def _bare(employer: Piece | None) -> Piece | None:
    """The name without how the work was contracted: 'Zuora (Contract)', 'Acme (through Norrland Group)'."""
    if employer is None:
        return None
    aside = _ASIDE.search(employer.text)
    if aside is None or aside.start() == 0:
        return employer
    return replace(employer, text=employer.text[: aside.start()], end=employer.start + aside.start())


def _capitalised(text: str) -> float:
    """1 for 'Salt & Cedar Restaurant Group', 0 for 'Independent analytics consulting', a part for what is between."""
    words = [word for word in text.split() if len(word) > 3 or word[:1].isupper()]
    capital = [word for word in words if not word[0].isalpha() or word[0].isupper()]
    return 1.0 if len(words) == len(capital) else -0.5


def _field(piece: Piece | None, confidence: float) -> Field[str]:
    return Field() if piece is None else Field(piece.text, confidence, piece.start, piece.end)


def _dates(entry: Entry) -> tuple[Field[str], Field[str], bool]:
    span, line = entry.span, entry.anchor
    if span is None:
        point = entry.point
        only = Field(point.value, 0.6, line.start + point.start, line.start + point.end) if point else Field()
        return only, Field(), False
    sure = 0.95
    first = Field(span.first.value, sure, line.start + span.first.start, line.start + span.first.end)
    if span.last is None:
        return first, Field(), True
    return first, Field(span.last.value, sure, line.start + span.last.start, line.start + span.last.end), False


def _description(entry: Entry, named: Sequence[Piece | None], text: str) -> Field[str]:
    """What follows the names, place and dates, as printed, bullets included."""
    used = [piece.end for piece in named if piece is not None]
    last_used = max([*used, entry.anchor.end])
    lines: list[Line] = [line for line in (*entry.head, *entry.body) if line.start >= last_used]
    if not lines:
        return Field()
    start, end = lines[0].start, lines[-1].end
    return Field(text[start:end], 0.9, start, end)
