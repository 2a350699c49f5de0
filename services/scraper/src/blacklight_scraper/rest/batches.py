"""A submission cut into batches (spec 8.4). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MOST_POSTINGS: Final = 200
MOST_BYTES: Final = 512 * 1024


def cut(sizes: Sequence[int]) -> list[range]:
    """The places of items of these sizes as ranges: at most 200 each, and 512 KiB unless one alone is larger."""
    cuts: list[range] = []
    start = weight = 0
    for place, size in enumerate(sizes):
        if place > start and (place - start == MOST_POSTINGS or weight + size > MOST_BYTES):
            cuts.append(range(start, place))
            start, weight = place, 0
        weight += size
    return [*cuts, range(start, len(sizes))] if sizes else []
