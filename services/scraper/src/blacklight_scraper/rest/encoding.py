"""Jobs as hosts send them by REST, as drafts of postings and as batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.scraper.v1.fleet_service_pb2 import PostingRefusal
from pydantic import ValidationError

from blacklight_scraper.intake.boundary import refusals
from blacklight_scraper.rest.batches import cut
from blacklight_scraper.rest.bodies import JobBody

KEPT_OF_REFUSED: Final = 1_000
"""Characters of each text of a refused job that are kept: enough to see what it was."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a submission that becomes a batch; `refused` are places in the piece."""

    drafts: PostingDrafts
    refused: tuple[PostingRefusal, ...]

    @property
    def accepted(self) -> int:
        """How many of its postings are taken."""
        return len(self.drafts.postings) - len(self.refused)


@dataclass(frozen=True, slots=True)
class Jobs:
    """A submission's jobs as drafts in their order; `refused` are places in the submission."""

    drafts: tuple[PostingDraft, ...]
    refused: tuple[PostingRefusal, ...]

    @property
    def accepted(self) -> int:
        """How many are taken."""
        return len(self.drafts) - len(self.refused)

    def pieces(self) -> list[Piece]:
        """The jobs cut into batches."""
        by_place = {each.index: each for each in self.refused}
        return [
            Piece(PostingDrafts(postings=self.drafts[part.start : part.stop]), _moved(by_place, part))
            for part in cut([draft.ByteSize() for draft in self.drafts])
        ]


def _moved(by_place: dict[int, PostingRefusal], part: range) -> tuple[PostingRefusal, ...]:
    found = (by_place[place] for place in part if place in by_place)
    return tuple(
        PostingRefusal(index=each.index - part.start, field=each.field, reason=each.reason, message=each.message)
        for each in found
    )


def jobs_of(given: Sequence[Any]) -> Jobs:
    """Each job read by itself; one that cannot be taken is refused by its place, with field and reason (F-09)."""
    refused: dict[int, PostingRefusal] = {}
    drafts: list[PostingDraft] = []
    for place, job in enumerate(given):
        try:
            drafts.append(draft_of(JobBody.model_validate(job)))
        except ValidationError as error:
            refused[place] = _refusal(place, job, error)
            drafts.append(PostingDraft())
    for each in refusals(PostingDrafts(postings=drafts)):
        refused.setdefault(each.index, each)
    kept = tuple(_kept(draft) if place in refused else draft for place, draft in enumerate(drafts))
    return Jobs(kept, tuple(refused[place] for place in sorted(refused)))


def _refusal(place: int, job: Any, error: ValidationError) -> PostingRefusal:
    if not isinstance(job, Mapping):
        return PostingRefusal(index=place, reason="INVALID_TYPE", message="a job is a JSON object")
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return PostingRefusal(
        index=place, field=".".join(map(str, first["loc"])), reason="INVALID_TYPE", message=first["msg"]
    )


def _kept(draft: PostingDraft) -> PostingDraft:
    for field, value in draft.ListFields():
        if isinstance(value, str):
            setattr(draft, field.name, value[:KEPT_OF_REFUSED])
    return draft


def draft_of(job: JobBody) -> PostingDraft:
    """A job as a draft. Where the board has no id none is put in: matching makes the synthetic one (spec 8.4)."""
    draft = PostingDraft(
        platform_job_id=job.platform_job_id,
        title=job.title,
        company=job.company,
        location=job.location,
        description=job.description,
        url=job.url,
        salary_currency=job.salary_currency,
        job_type=job.job_type,
        experience_level=job.experience_level,
        posted_date=job.posted_date,
    )
    if job.salary_min is not None:
        draft.salary_min = job.salary_min
    if job.salary_max is not None:
        draft.salary_max = job.salary_max
    if job.remote is not None:
        draft.remote = job.remote
    return draft
