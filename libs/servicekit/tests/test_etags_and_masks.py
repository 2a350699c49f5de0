"""What guards an update: etags and update masks."""

from __future__ import annotations

from typing import Any

import pytest
from blacklight_servicekit.errors import Conflict, Invalid
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.masks import paths_of, validate_fields
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st

ALLOWED = {"title", "authors"}


@given(one=st.tuples(st.text(), st.integers()), other=st.tuples(st.text(), st.integers()))
def test_etags_are_equal_exactly_for_equal_parts(one: tuple[str, int], other: tuple[str, int]) -> None:
    assert (etag_of(*one) == etag_of(*other)) == (one == other)


def test_an_empty_etag_guards_nothing_and_a_stale_one_is_refused() -> None:
    check_etag("", etag_of(1))
    check_etag(etag_of(1), etag_of(1))
    with pytest.raises(Conflict) as raised:
        check_etag(etag_of(1), etag_of(2))
    assert (raised.value.reason, raised.value.violations[0].field) == ("ETAG_MISMATCH", "etag")


def test_a_mask_gives_each_path_once() -> None:
    assert paths_of(FieldMask(paths=["title", "authors", "title"]), ALLOWED) == ["title", "authors"]


@pytest.mark.parametrize(
    ("paths", "reason"), [([], "EMPTY_MASK"), (["title", "state"], "UNKNOWN_FIELD"), (["*"], "UNKNOWN_FIELD")]
)
def test_a_mask_that_names_no_writable_field_is_refused(paths: list[str], reason: str) -> None:
    with pytest.raises(Invalid) as raised:
        paths_of(FieldMask(paths=paths), ALLOWED)
    assert (raised.value.reason, raised.value.violations[0].field) == (reason, "update_mask")


def test_only_the_fields_of_the_mask_are_held_to_the_rules() -> None:
    from blacklight_library.contract import Author, Book

    wrong: Any = Book(title="", authors=[Author(name="a"), Author()])
    validate_fields(wrong, [])
    with pytest.raises(Invalid) as raised:
        validate_fields(wrong, ["authors"])
    assert [found.field for found in raised.value.violations] == ["authors[1].name"]
    with pytest.raises(Invalid) as raised:
        validate_fields(wrong, ["title"])
    assert [found.field for found in raised.value.violations] == ["title"]
