"""Ids of matches are made in bulk: each new, each a UUIDv7, in the order of their rows."""

from __future__ import annotations

import time
from uuid import RFC_4122, UUID

from blacklight_matching.matches.keeping.records import new_ids


def test_ids_are_distinct_version_7_of_now_and_ascend() -> None:
    before = time.time_ns() // 1_000_000
    made = [UUID(bytes=bytes(each)) for each in new_ids(70_000)]
    assert made == sorted(set(made))
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}
    assert before <= made[0].int >> 80 <= time.time_ns() // 1_000_000


def test_ids_made_apart_differ() -> None:
    first, second = new_ids(1_000), new_ids(1_000)
    assert not {each.tobytes() for each in first} & {each.tobytes() for each in second}
    assert len({each.tobytes()[10:] for each in first}) == 1_000, "the end is by chance"


def test_no_ids_are_made_of_none() -> None:
    assert new_ids(0).shape == (0, 16)
