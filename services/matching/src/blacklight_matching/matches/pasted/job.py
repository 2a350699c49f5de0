"""A pasted job, read as a posting is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from blacklight_matching.postings.reading.read import RawPosting, read_posting
from blacklight_matching.postings.view import PostingGrounds
from blacklight_matching.scoring import PostingSide
from blacklight_matching.vectors import embed_texts
from blacklight_matching.work import work_offered

LONGEST_TITLE = 200
_NOBODYS = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PastedJob:
    """What a job says, as it is scored and explained."""

    title: str
    skills: Sequence[str]
    grounds: PostingGrounds
    side: PostingSide


def read_job(text: str, title: str, location: str) -> PastedJob:
    """Reads a job. Where no title is given, the first line of the text stands for it."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    raw = RawPosting(_NOBODYS, (title.strip() or first)[:LONGEST_TITLE], "", location, text, None)
    reading = read_posting(raw)
    said = reading.fields
    work = work_offered(
        work_authorizations=said.work_authorizations,
        sponsorship=said.sponsorship,
        clearance=said.clearance,
        places=said.places,
        workplace=said.workplace,
        contract_types=said.contract_types,
        pay_max=said.pay_max,
        pay_currency=said.pay_currency,
        pay_period=said.pay_period,
    )
    vector = embed_texts([reading.text], "posting")[0]
    side = PostingSide(tuple(reading.skill_keys), reading.min_years, reading.max_years, vector, work)
    skills = [str(skill["name"]) for skill in reading.skills]
    grounds = PostingGrounds(
        reading.skills, reading.evidence, reading.min_years, reading.max_years, reading.content_hash
    )
    return PastedJob(reading.title, skills, grounds, side)
