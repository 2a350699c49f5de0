"""PostingService: decode, call, encode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from blacklight.matching.v1 import posting_pb2, posting_service_pb2
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.validation import violations

from blacklight_matching.postings.importing.drafts import Draft, RowResult
from blacklight_matching.postings.importing.service import ImportOrder, PostingImport
from blacklight_matching.postings.service import Postings
from blacklight_matching.postings.view import PostingView, SourceView
from blacklight_matching.wire import clean, optional_uuid, timestamp, without_prefix


class PostingServicer:
    """Job postings."""

    service = posting_service_pb2.DESCRIPTOR.services_by_name["PostingService"]

    def __init__(self, postings: Postings, importing: PostingImport) -> None:
        self._postings = postings
        self._importing = importing

    def ImportPostings(
        self, request: posting_service_pb2.ImportPostingsRequest, caller: Caller
    ) -> posting_service_pb2.ImportPostingsResponse:
        """Takes a batch, answering each row."""
        order = ImportOrder(
            batch_id=UUID(request.batch_id),
            platform=clean(request.platform).strip().lower(),
            role_id=optional_uuid(request.role_id),
            session_id=optional_uuid(request.session_id),
            drafts=decode_drafts(request.postings),
        )
        results = self._importing.import_batch(caller, order)
        return posting_service_pb2.ImportPostingsResponse(results=[encode_result(row) for row in results])

    def GetPosting(self, request: posting_service_pb2.GetPostingRequest, caller: Caller) -> posting_pb2.Posting:
        """Reads one posting."""
        return encode_posting(self._postings.get_posting(caller, UUID(request.posting_id)))

    def ListPostings(
        self, request: posting_service_pb2.ListPostingsRequest, caller: Caller
    ) -> posting_service_pb2.ListPostingsResponse:
        """Lists postings, newest first."""
        postings, token = self._postings.list_postings(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            search=clean(request.search),
            platform=clean(request.platform),
            role_id=optional_uuid(request.role_id),
            state=without_prefix(posting_pb2.PostingState.Name(request.state), "POSTING_STATE_"),
        )
        return posting_service_pb2.ListPostingsResponse(
            postings=[encode_posting(posting) for posting in postings], next_page_token=token
        )


def decode_drafts(drafts: Sequence[posting_pb2.PostingDraft]) -> list[Draft | RowResult]:
    """Rows as plain values; one that breaks a rule of the contract as its rejection, which stops no other."""
    # Checking them all at once costs a tenth of checking each, and most batches are well formed.
    flawed = bool(violations(posting_pb2.PostingDrafts(postings=drafts)))
    return [(_rejection(draft) if flawed else None) or decode_draft(draft) for draft in drafts]


def _rejection(draft: posting_pb2.PostingDraft) -> RowResult | None:
    for found in violations(draft):
        return RowResult("REJECTED", "", found.reason, found.field, f"{found.field}: {found.description}")
    return None


def decode_draft(draft: posting_pb2.PostingDraft) -> Draft:
    """A well-formed row as plain values."""
    return Draft(
        platform_job_id=draft.platform_job_id,
        title=clean(draft.title),
        company=clean(draft.company),
        location=clean(draft.location),
        description=clean(draft.description),
        url=clean(draft.url),
        salary_min=draft.salary_min if draft.HasField("salary_min") else None,
        salary_max=draft.salary_max if draft.HasField("salary_max") else None,
        salary_currency=clean(draft.salary_currency),
        job_type=clean(draft.job_type),
        experience_level=clean(draft.experience_level),
        posted_date=draft.posted_date,
        remote=draft.remote if draft.HasField("remote") else None,
    )


def encode_result(row: RowResult) -> posting_service_pb2.RowResult:
    """What became of a row."""
    return posting_service_pb2.RowResult(
        outcome=posting_service_pb2.RowOutcome.Value(f"ROW_OUTCOME_{row.outcome}"),
        posting_id=row.posting_id,
        reason=row.reason,
        field=row.field,
        message=row.message,
        kept=posting_service_pb2.KeptPosting(**asdict(row.kept)) if row.kept else None,
    )


def encode_posting(posting: PostingView) -> posting_pb2.Posting:
    """A posting; years are rounded so that they still admit everyone whom the text admits."""
    low, high = posting.min_years, posting.max_years
    return posting_pb2.Posting(
        posting_id=str(posting.posting_id),
        platform=posting.platform,
        platform_job_id=posting.platform_job_id,
        title=posting.title,
        company=posting.company,
        location=posting.location,
        description=posting.description,
        url=posting.url,
        remote=posting.remote,
        min_experience_years=None if low is None else math.floor(low),
        max_experience_years=None if high is None else math.ceil(high),
        skills=posting.skills,
        state=posting_pb2.POSTING_STATE_ACTIVE if posting.is_open else posting_pb2.POSTING_STATE_EXPIRED,
        role_id="" if posting.role_id is None else str(posting.role_id),
        posted_time=timestamp(posting.posted_time),
        create_time=timestamp(posting.create_time),
        last_seen_time=timestamp(posting.last_seen_time),
        sources=[encode_source(source) for source in posting.sources],
    )


def encode_source(source: SourceView) -> posting_pb2.PostingSource:
    """One place a posting was seen."""
    return posting_pb2.PostingSource(
        platform=source.platform,
        platform_job_id=source.platform_job_id,
        url=source.url,
        last_seen_time=timestamp(source.last_seen_time),
    )
