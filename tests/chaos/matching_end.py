"""Matching's end of the contract, which takes postings as matching would and remembers each.

What is broken here is the way from the hosts through the scraper; what comes out of it is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio
from blacklight.matching.v1 import posting_service_pb2 as pb
from blacklight.matching.v1 import posting_service_pb2_grpc
from blacklight_servicekit.ids import new_id


class MatchingEnd(posting_service_pb2_grpc.PostingServiceServicer):
    """`taken[platform]`: how often each posting came in a batch that was not known; `clashes`: batches that came again
    with other postings.
    """

    def __init__(self) -> None:
        self.taken: dict[str, Counter[str]] = defaultdict(Counter)
        self.clashes: list[str] = []
        self.repeats = 0
        self._answered: dict[str, tuple[list[str], pb.ImportPostingsResponse]] = {}

    async def ImportPostings(self, request: pb.ImportPostingsRequest, context: Any) -> pb.ImportPostingsResponse:
        """Idempotent by the batch's id, as the contract has it."""
        ids = [posting.platform_job_id for posting in request.postings]
        if known := self._answered.get(request.batch_id):
            self.repeats += 1
            if known[0] != ids:
                self.clashes.append(request.batch_id)
            return known[1]
        answer = pb.ImportPostingsResponse(results=[self._take(request.platform, each) for each in ids])
        self._answered[request.batch_id] = (ids, answer)
        return answer

    def _take(self, platform: str, job_id: str) -> pb.RowResult:
        self.taken[platform][job_id] += 1
        new = self.taken[platform][job_id] == 1
        outcome = pb.ROW_OUTCOME_NEW if new else pb.ROW_OUTCOME_REFRESHED
        return pb.RowResult(outcome=outcome, posting_id=str(new_id()))


@asynccontextmanager
async def serving(end: MatchingEnd) -> AsyncIterator[str]:
    """Serves it; yields its address."""
    server = grpc.aio.server()
    posting_service_pb2_grpc.add_PostingServiceServicer_to_server(end, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
