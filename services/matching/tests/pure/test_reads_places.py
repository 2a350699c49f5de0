"""Canonical places out of place fields and out of running text."""

from __future__ import annotations

import pytest
from blacklight_matching.postings.extraction import places_in_field
from blacklight_matching.postings.extraction.place_mentions import find_places


@pytest.mark.parametrize(
    ("field", "places"),
    [
        ("NYC", ["New York, NY, US"]),
        ("New York, NY 10001, USA", ["New York, NY, US"]),
        ("New York, New York", ["New York, NY, US"]),
        ("Dallas TX", ["Dallas, TX, US"]),
        ("Kansas City, MO", ["Kansas City, MO, US"]),
        ("Remote - HQ is San Francisco, CA", ["San Francisco, CA, US"]),
        ("Cambridge, MA", ["Cambridge, MA, US"]),
        ("Cambridge or Brighton, England", ["Cambridge, GB", "Brighton, GB"]),
        ("Wroclaw/Krakow, Poland", ["Wrocław, PL", "Kraków, PL"]),
        ("Camden Town, London, United Kingdom", ["London, GB"]),
        ("Tysons Corner, Virginia", ["Tysons Corner, VA, US"]),
        ("Amsterdam, NL (Remote possible)", ["Amsterdam, NL"]),
        ("Ontario", ["ON, CA"]),
        ("UK only", ["GB"]),
        ("Bangalore; Hyderabad", ["Bengaluru, IN", "Hyderabad, IN"]),
        ("Remote", []),
        ("Anywhere", []),
        ("", []),
        ("to be discussed", []),
    ],
)
def test_gives_one_form_of_a_place(field: str, places: list[str]) -> None:
    assert [str(place) for place in places_in_field(field)] == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("The role is based in our Berlin office.", ["Berlin, DE"]),
        ("Positions in Austin, Denver and Boston.", ["Austin, TX, US", "Denver, CO, US", "Boston, MA, US"]),
        ("Our customers are in Paris. The team is located in Leeds, UK.", ["Leeds, GB"]),
        ("Join us in East London.", ["London, GB"]),
        ("Our office is located in the Metro area.", []),
        ("We work with Spark and Kafka. Reading is fun, Nice people too.", []),
        ("Funded by investors such as Boston Capital.", []),
        ("Tester for Marigold Foods, Kansas City, MO, hybrid", ["Kansas City, MO, US"]),
        ("GIS Analyst, City of Maplegrove, Kansas City, KS. Hybrid", ["Kansas City, KS, US"]),
        ("A role with Marigold Foods, Kansas City", ["Kansas City, MO, US"]),
        ("Tester for Marigold Foods, Oklahoma City, OK", ["Oklahoma City, OK, US"]),
        ("Tester for Marigold Foods, New York, NY", ["New York, NY, US"]),
        ("Tester in Overland Park, Kansas", ["Overland Park, KS, US"]),
        ("You must be in Oregon.", ["OR, US"]),
        ("You live in Delaware, OH.", ["Delaware, OH, US"]),
    ],
)
def test_finds_where_a_text_says_the_work_is(text: str, places: list[str]) -> None:
    assert [str(mention.place) for mention in find_places(text)] == places
