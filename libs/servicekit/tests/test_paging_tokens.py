"""Paging: every row once, in order, with tokens that fit their own query only."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.paging import DEFAULT_SIZE, MAX_SIZE, PageRequest
from hypothesis import given
from hypothesis import strategies as st

times = st.datetimes(timezones=st.just(UTC))
keys = st.tuples(times, st.uuids(), st.integers(), st.text(), st.none())


@given(key=keys)
def test_a_token_brings_its_key_back(key: tuple[Any, ...]) -> None:
    query = {"tenant": "t", "state": "READY"}
    token = PageRequest.of(10, "", query).next_token(key)
    assert PageRequest.of(10, token, query).after == key


@given(count=st.integers(0, 60), size=st.integers(1, 20))
def test_pages_show_every_row_once_and_in_order(count: int, size: int) -> None:
    rows = [(datetime(2026, 1, 1, tzinfo=UTC), number) for number in range(count)]
    seen: list[tuple[datetime, int]] = []
    token, pages = "", 0
    while True:
        page = PageRequest.of(size, token, {"q": 1})
        after = page.after
        found = [row for row in rows if after is None or row > after][: page.size + 1]
        shown, token = page.cut(found, key=lambda row: row)
        seen += shown
        pages += 1
        if not token:
            break
    assert seen == rows
    assert pages == max(1, -(-count // size))


@pytest.mark.parametrize(
    ("asked", "given_size"), [(0, DEFAULT_SIZE), (1, 1), (200, 200), (201, MAX_SIZE), (10**6, MAX_SIZE)]
)
def test_sizes_are_kept_in_bounds(asked: int, given_size: int) -> None:
    assert PageRequest.of(asked, "", {}).size == given_size


@given(
    token=st.one_of(st.text(min_size=1), st.binary(min_size=1).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
)
def test_any_other_text_is_refused_as_a_token(token: str) -> None:
    with pytest.raises(Invalid) as raised:
        PageRequest.of(10, token, {"q": 1})
    assert raised.value.violations[0].field == "page_token"
    assert raised.value.reason in ("PAGE_TOKEN_INVALID", "PAGE_TOKEN_MISMATCH")


FORGED = (
    "[]",
    "7",
    "null",
    '{"q":1}',
    '{"q":1,"k":7}',
    '{"q":"%s","k":[[1]]}',
    '{"q":"%s","k":[1.5]}',
    '{"q":"%s","k":[{"u":"x"}]}',
    '{"q":"%s","k":[{"t":7}]}',
    '{"q":"%s","k":[{}]}',
    "[" * 10_000,
)


@pytest.mark.parametrize("inside", FORGED, ids=range(len(FORGED)))
def test_a_forged_token_is_refused(inside: str) -> None:
    digest = PageRequest.of(1, "", {"q": 1}).query
    text = inside % digest if "%s" in inside else inside
    with pytest.raises(Invalid) as raised:
        PageRequest.of(10, base64.urlsafe_b64encode(text.encode()).decode(), {"q": 1})
    assert raised.value.reason == "PAGE_TOKEN_INVALID"


@pytest.mark.parametrize("other", [{"tenant": "u", "state": "A"}, {"tenant": "t", "state": "B"}, {"tenant": "t"}])
def test_a_token_of_another_query_is_refused(other: dict[str, object]) -> None:
    token = PageRequest.of(10, "", {"tenant": "t", "state": "A"}).next_token((1,))
    with pytest.raises(Invalid) as raised:
        PageRequest.of(10, token, other)
    assert (raised.value.reason, raised.value.violations[0].field) == ("PAGE_TOKEN_MISMATCH", "page_token")


def test_a_page_may_change_its_size_and_the_order_in_which_a_query_is_written() -> None:
    token = PageRequest.of(10, "", {"a": 1, "b": 2}).next_token((1,))
    assert PageRequest.of(20, token, {"b": 2, "a": 1}).after == (1,)
