import re

import pytest
from blacklight_auth.tenants.slug import MAX_LENGTH, free_slug, slug_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Staffing, Inc.", "acme-staffing-inc"),
        ("  Two   Words ", "two-words"),
        ("3M Health", "t-3m-health"),
        ("Søren & Søn", "sren-sn"),
        ("Éclair", "eclair"),
        ("!!!", "tenant"),
        ("株式会社", "tenant"),
        ("A - B", "a-b"),
    ],
)
def test_makes_a_slug_from_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(max_size=300))
def test_always_makes_a_slug_that_the_contract_takes(name: str) -> None:
    slug = slug_of(name)
    assert re.fullmatch(r"[a-z][a-z0-9-]*", slug)
    assert len(slug) <= MAX_LENGTH


def test_appends_the_lowest_free_number() -> None:
    assert free_slug("acme", {"acme", "acme-2", "acme-4"}) == "acme-3"
    assert free_slug("acme", {"acme-2"}) == "acme"
    assert len(free_slug("a" * MAX_LENGTH, {"a" * MAX_LENGTH})) == MAX_LENGTH
