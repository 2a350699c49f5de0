"""Hosts and the platform give a posting without an id the same one (spec section 8.4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from blacklight_fleethost.postings.synthetic import synthetic_id as on_a_host
from blacklight_matching.fingerprint import synthetic_id as on_the_platform
from hypothesis import given
from hypothesis import strategies as st

VECTORS = json.loads((Path(__file__).parent / "synthetic_ids.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: repr(vector["title"]))
def test_both_sides_give_the_ids_of_the_vectors(vector: dict[str, Any]) -> None:
    fields = [vector[name] for name in ("platform", "title", "company", "location")]
    assert on_a_host(*fields) == on_the_platform(*fields) == vector["id"]


@given(*[st.text(max_size=40)] * 4)
def test_both_sides_agree_on_any_text(platform: str, title: str, company: str, location: str) -> None:
    fields = (platform, title, company, location)
    assert on_a_host(*fields) == on_the_platform(*fields)
