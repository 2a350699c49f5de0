"""What is checked of each posting before a batch is taken, the same for the stream and for REST (F-09, spec 8.4).

A posting at fault is refused by its place in the batch, with the field and a reason; the others are taken. A NUL in
a text is left to matching, which takes it out.
"""

from __future__ import annotations

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.scraper.v1.fleet_service_pb2 import PostingRefusal
from blacklight_servicekit.validation import violations

from blacklight_scraper.intake.posted_date import is_iso_date


def refusals(drafts: PostingDrafts) -> list[PostingRefusal]:
    """The postings that are not taken, by place; at most one reason each."""
    # Checking them all at once costs a tenth of checking each, and most batches are well formed.
    flawed = bool(violations(drafts))
    return [
        found for index, draft in enumerate(drafts.postings) if (found := _refusal(index, draft, flawed)) is not None
    ]


def _refusal(index: int, draft: PostingDraft, flawed: bool) -> PostingRefusal | None:
    for found in violations(draft) if flawed else ():
        return PostingRefusal(index=index, field=found.field, reason=found.reason, message=found.description)
    if draft.posted_date and not is_iso_date(draft.posted_date):
        said = "not a date of ISO 8601; write 2026-03-14 or 2026-03-14T09:26:53Z, or leave it empty"
        return PostingRefusal(index=index, field="posted_date", reason="INVALID_DATE", message=said)
    return None
