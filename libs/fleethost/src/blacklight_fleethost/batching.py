"""Postings put into batches. Pure."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts

from blacklight_fleethost.reader import NothingThere, PlatformFailed

MOST_BYTES = 4 * 1024 * 1024
FULL_BYTES = 512 * 1024


def too_large(draft: PostingDraft) -> bool:
    """Whether no batch could hold the posting."""
    return draft.ByteSize() > MOST_BYTES - 64


async def batches(drafts: AsyncGenerator[PostingDraft], most: int) -> AsyncGenerator[list[PostingDraft]]:
    """Batches of up to `most` postings, closed early once they are half a megabyte.

    What was read before a board failed is a batch too; then the failure is raised.
    """
    batch: list[PostingDraft] = []
    size = 0
    ended: NothingThere | PlatformFailed | None = None
    try:
        async with aclosing(drafts):
            async for draft in drafts:
                if batch and (len(batch) >= most or size + draft.ByteSize() > FULL_BYTES):
                    yield batch
                    batch, size = [], 0
                batch.append(draft)
                size += draft.ByteSize()
    except (NothingThere, PlatformFailed) as error:
        ended = error
    if batch:
        yield batch
    if ended is not None:
        raise ended


def payload_of(drafts: list[PostingDraft]) -> bytes:
    """The bytes of a batch; the same postings give the same bytes."""
    return PostingDrafts(postings=drafts).SerializeToString(deterministic=True)
