"""PostingService: decode, call, encode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import posting_pb2, posting_service_pb2, work_pb2
from blacklight_servicekit import masks, rpc
from blacklight_servicekit.cache import Cache, cached
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.validation import violations

from blacklight_matching.postings.editing.changes import EDITABLE
from blacklight_matching.postings.editing.service import PostingEditing
from blacklight_matching.postings.encoding import decode_draft, encode_posting, encode_result
from blacklight_matching.postings.importing.drafts import Draft, RowResult
from blacklight_matching.postings.importing.service import ImportOrder, PostingImport
from blacklight_matching.postings.listing.query import PostingQuery
from blacklight_matching.postings.listing.service import PostingList
from blacklight_matching.postings.service import Postings
from blacklight_matching.postings.statistics.counts import PostingCounts, summed
from blacklight_matching.postings.statistics.service import PostingStatistics
from blacklight_matching.postings.view import PostingView
from blacklight_matching.wire import clean, optional_uuid, timestamp, without_prefix

RECENT_DAYS = 7
COUNTS_LAST = timedelta(minutes=1)


class PostingServicer:
    """Job postings."""

    service = posting_service_pb2.DESCRIPTOR.services_by_name["PostingService"]

    def __init__(
        self,
        postings: Postings,
        importing: PostingImport,
        listing: PostingList,
        editing: PostingEditing,
        statistics: PostingStatistics,
        cache: Cache,
    ) -> None:
        self._postings = postings
        self._importing = importing
        self._listing = listing
        self._editing = editing
        self._statistics = statistics
        self.cache = cache

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
        return self._shown(caller, self._postings.get_posting(caller, UUID(request.posting_id)))

    def ListPostings(
        self, request: posting_service_pb2.ListPostingsRequest, caller: Caller
    ) -> posting_service_pb2.ListPostingsResponse:
        """A page of postings."""
        postings, token = self._listing.list_postings(
            caller, decode_query(request), page_size=request.page_size, page_token=request.page_token
        )
        return posting_service_pb2.ListPostingsResponse(
            postings=[encode_posting(posting) for posting in postings], next_page_token=token
        )

    def CreatePosting(self, request: posting_service_pb2.CreatePostingRequest, caller: Caller) -> posting_pb2.Posting:
        """Adds a posting of the tenant's own."""
        return self._editing.create(caller, decode_draft(request.posting), request=request, encode=encode_posting)

    def UpdatePosting(self, request: posting_service_pb2.UpdatePostingRequest, caller: Caller) -> posting_pb2.Posting:
        """Changes fields of a posting of the tenant's own."""
        paths = masks.paths_of(request.update_mask, EDITABLE)
        masks.validate_fields(request.posting, paths)
        given = decode_draft(request.posting)
        changed = self._editing.update(caller, UUID(request.posting_id), given, paths, etag=request.etag)
        return self._shown(caller, changed)

    def SetPostingState(
        self, request: posting_service_pb2.SetPostingStateRequest, caller: Caller
    ) -> posting_pb2.Posting:
        """Fills, closes or opens a posting of the tenant's own."""
        state = without_prefix(posting_pb2.PostingState.Name(request.state), "POSTING_STATE_")
        changed = self._editing.set_state(caller, UUID(request.posting_id), state, etag=request.etag)
        return self._shown(caller, changed)

    def DeletePosting(
        self, request: posting_service_pb2.DeletePostingRequest, caller: Caller
    ) -> posting_service_pb2.DeletePostingResponse:
        """Deletes a posting of the tenant's own."""
        self._editing.delete(caller, UUID(request.posting_id))
        return posting_service_pb2.DeletePostingResponse()

    async def GetPostingStatistics(
        self, request: posting_service_pb2.GetPostingStatisticsRequest, caller: Caller
    ) -> posting_service_pb2.PostingStatistics:
        """Counts, at most a minute old."""
        days = request.recent_days or RECENT_DAYS
        shared = PostingCounts.of(await self._shared(days))
        return encode_counts(summed(shared, PostingCounts.of(await self._own(caller.tenant, days))))

    def _shown(self, caller: Caller, posting: PostingView) -> posting_pb2.Posting:
        """A posting with the mails that the caller may see."""
        return encode_posting(self._listing.with_mails(caller, [posting])[0])

    @cached(ttl=COUNTS_LAST, key=lambda self, days: f"posting_counts:shared:{days}")
    async def _shared(self, days: int) -> dict[str, Any]:
        return asdict(await rpc.blocking(self._statistics.count_shared, days))

    @cached(ttl=COUNTS_LAST, key=lambda self, tenant_id, days: f"posting_counts:{tenant_id}:{days}")
    async def _own(self, tenant_id: UUID, days: int) -> dict[str, Any]:
        return asdict(await rpc.blocking(self._statistics.count_own, tenant_id, days))


def decode_query(request: posting_service_pb2.ListPostingsRequest) -> PostingQuery:
    """What a list is asked for."""
    return PostingQuery(
        search=clean(request.search),
        platform=clean(request.platform),
        role_id=optional_uuid(request.role_id),
        state=without_prefix(posting_pb2.PostingState.Name(request.state), "POSTING_STATE_"),
        title=clean(request.title),
        company=clean(request.company),
        location=clean(request.location),
        workplace=without_prefix(work_pb2.Workplace.Name(request.workplace), "WORKPLACE_"),
        contract_type=without_prefix(work_pb2.ContractType.Name(request.contract_type), "CONTRACT_TYPE_"),
        origin=without_prefix(posting_pb2.PostingOrigin.Name(request.origin), "POSTING_ORIGIN_"),
        sourced_by=optional_uuid(request.sourced_by),
        skills=tuple(clean(skill) for skill in request.skills),
        order_by=request.order_by,
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


def encode_counts(counts: PostingCounts) -> posting_service_pb2.PostingStatistics:
    """How many postings there are."""
    return posting_service_pb2.PostingStatistics(
        total=counts.total,
        recent=counts.recent,
        by_platform=counts.by_platform,
        by_state=counts.by_state,
        by_origin=counts.by_origin,
        by_workplace=counts.by_workplace,
        count_time=timestamp(datetime.fromisoformat(counts.count_time)),
    )
