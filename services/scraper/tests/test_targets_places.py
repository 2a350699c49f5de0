"""One spelling a place (P-42), whatever people write."""

from __future__ import annotations

import pytest
from blacklight_scraper.queue.demand import key_of, merged
from blacklight_scraper.queue.places import CITIES, SHORT_FORMS, STATES, canonical_place, canonical_query
from blacklight_scraper.queue.states import Demand
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st

PLACES = "services/scraper/src/blacklight_scraper/queue/places.py"
DEMAND = "services/scraper/src/blacklight_scraper/queue/demand.py"


@guards("P-42", file=PLACES, old="    known = SHORT_FORMS.get(part, part)\n", new="    known = part\n")
@guards("P-42", file=PLACES, old="    return STATES.get(text) or (", new="    return (")
@pytest.mark.parametrize(
    ("canonical", "spellings"),
    [
        (
            "New York, NY",
            ["NYC", "New York, NY", "new york , new york", "New York", "N.Y.C.", "NEW  YORK NY", "New York City, NY",
             "New York, NY 10001", "New York, NY, USA", "New York, New York, United States", "Manhattan"],
        ),
        ("San Francisco, CA", ["SF", "San Fran", "san francisco, california", "San Francisco CA"]),
        ("Los Angeles, CA", ["LA", "L.A.", "Los Angeles", "los angeles,ca", "LA, CA"]),
        ("Washington, DC", ["DC", "D.C.", "Washington DC", "Washington, D.C.", "Washington, District of Columbia"]),
        ("Philadelphia, PA", ["Philly", "philadelphia pa"]),
        ("Las Vegas, NV", ["Vegas", "Las Vegas, Nevada"]),
        ("Chicago, IL", ["Chi", "chicago", "Chicago, Illinois"]),
        ("Atlanta, GA", ["ATL", "Atlanta, GA"]),
        ("St Louis, MO", ["St. Louis, MO", "Saint Louis, Missouri", "st louis"]),
        ("Fort Worth, TX", ["Ft. Worth, Texas", "fort worth tx"]),
        ("Portland, OR", ["PDX", "Portland, Oregon"]),
        ("Portland, ME", ["Portland, Maine"]),
        ("New Orleans, LA", ["NOLA", "New Orleans, LA", "new orleans, louisiana"]),
        ("Winston-Salem, NC", ["winston-salem, north carolina", "Winston-Salem NC"]),
        ("Texas", ["TX", "texas", "Texas, USA", "Texas, United States"]),
        ("Washington", ["Washington", "WA", "washington, usa"]),
        ("Remote", ["remote", "REMOTE ", "Fully remote", "work from home", "Remote (US)", "WFH"]),
        ("United States", ["USA", "U.S.A.", "united states"]),
        ("Toronto, ON", ["Toronto, ON", "toronto , on"]),
        ("Bengaluru, India", ["Bengaluru, India", "bengaluru / india"]),
        ("", ["", "  ", ",", "-"]),
    ],
)  # fmt: skip
def test_p42_a_place_has_one_spelling(canonical: str, spellings: list[str]) -> None:
    assert {spelling: canonical_place(spelling) for spelling in spellings} == dict.fromkeys(spellings, canonical)


_KNOWN = st.sampled_from(sorted({*STATES, *CITIES, *SHORT_FORMS, "remote", "usa", "berlin", "on", "30301"}))
_MARKS = st.sampled_from([", ", " ", " - ", "/", " (", ") ", "; "])


@given(st.one_of(st.text(max_size=60), st.lists(st.one_of(_KNOWN, _MARKS), max_size=6).map("".join)))
def test_a_canonical_place_is_its_own(text: str) -> None:
    once = canonical_place(text)
    assert canonical_place(once) == once


def test_folds_queries_but_for_their_operators() -> None:
    assert canonical_query("  Java  AND\tSpring ") == "java AND spring"
    assert canonical_query(canonical_query("Java OR Kotlin")) == "java OR kotlin"


@guards(
    "F-11",
    file=DEMAND,
    old="    return canonical_place(location), canonical_query(candidate_query)\n",
    new="    return canonical_place(location), canonical_query(candidate_query) or None\n",
)
def test_f11_no_part_of_a_targets_key_is_ever_absent() -> None:
    assert key_of("", "") == ("", "")
    assert key_of("nyc", "") == ("New York, NY", "")


@guards(
    "P-42",
    file=DEMAND,
    old="            counts[key] = counts.get(key, 0) + demand.candidate_count\n",
    new="            counts[key] = demand.candidate_count\n",
)
def test_p42_demand_told_in_two_spellings_is_counted_once_each() -> None:
    told = [Demand("NYC", "", 2), Demand("New York, NY", "", 3), Demand("", "", 9), Demand("", " Java ", 1)]
    assert merged(told) == {("New York, NY", ""): 5, ("", "java"): 1}
