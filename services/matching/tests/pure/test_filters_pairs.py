"""Hard filters: what excludes a pair, with reasons, and the same for blocks; the unknown excludes nothing (issue 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from blacklight_matching.scoring import ANY_WORK, SAYS_NOTHING, WorkOffered, WorkTaken, blocked_pairs, blockers
from blacklight_matching.scoring.areas import NEAR
from hypothesis import given, settings
from hypothesis import strategies as st

AUTHORIZATIONS = ["US_CITIZEN", "GREEN_CARD", "EAD", "H1B", "OPT", "CPT", "TN", "L1", "OTHER"]
CONTRACT_TYPES = ["FULL_TIME", "PART_TIME", "CONTRACT", "CONTRACT_TO_HIRE", "W2", "C2C", "FORM_1099", "TEMPORARY"]
WORKPLACES = ["REMOTE", "HYBRID", "ONSITE"]
AREAS = ["US-TX", "US-NY", "US-NJ", "US-CA", "US", "CA-ON", "CA", "DE", "IN"]

perhaps = st.none() | st.booleans()
cents = st.none() | st.integers(0, 400).map(lambda thousands: thousands * 100_000)
currency = st.sampled_from(["", "USD", "EUR"])


def some(names: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), max_size=3)


taken = st.just(ANY_WORK) | st.builds(
    WorkTaken,
    st.sampled_from(["", *AUTHORIZATIONS]), perhaps, some(AREAS), perhaps, some(WORKPLACES), some(CONTRACT_TYPES),
    cents, currency,
)  # fmt: skip
offered = st.just(SAYS_NOTHING) | st.builds(
    WorkOffered,
    some(AUTHORIZATIONS), perhaps, st.sampled_from(["", "PUBLIC_TRUST", "SECRET", "TS_SCI", "OTHER"]), some(AREAS),
    st.sampled_from(["", *WORKPLACES]), some(CONTRACT_TYPES), cents, currency,
)  # fmt: skip


@given(st.lists(taken, max_size=12), st.lists(offered, max_size=12))
@settings(max_examples=300)
def test_blocks_filter_as_pairs_do(people: list[WorkTaken], postings: list[WorkOffered]) -> None:
    blocked = blocked_pairs(people, postings)
    assert blocked.shape == (len(people), len(postings))
    for row, one in enumerate(people):
        for column, other in enumerate(postings):
            assert blocked[row, column] == bool(blockers(one, other)), (one, other)


@given(taken, offered)
def test_what_is_unknown_excludes_nothing(one: WorkTaken, other: WorkOffered) -> None:
    assert blockers(ANY_WORK, other) == ()
    assert blockers(one, SAYS_NOTHING) == ()
    blanks = {"authorization": "", "needs_sponsorship": None, "areas": frozenset(), "relocates": None,
              "workplaces": frozenset(), "contract_types": frozenset(), "least_pay": None, "currency": ""}  # fmt: skip
    before = {found.filter for found in blockers(one, other)}
    for name, value in blanks.items():
        assert {found.filter for found in blockers(replace(one, **{name: value}), other)} <= before, name


ONSITE_TX = WorkOffered(areas=frozenset({"US-TX"}), workplace="ONSITE")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (WorkTaken("H1B"), WorkOffered(frozenset({"US_CITIZEN", "GREEN_CARD"})), ["AUTHORIZATION"]),
        (WorkTaken("GREEN_CARD"), WorkOffered(frozenset({"US_CITIZEN", "GREEN_CARD"})), []),
        (WorkTaken("OPT"), WorkOffered(frozenset({"EAD"})), []),
        (WorkTaken("CPT"), WorkOffered(frozenset({"EAD"})), ["AUTHORIZATION"]),
        (WorkTaken(needs_sponsorship=True), WorkOffered(sponsors=False), ["SPONSORSHIP"]),
        (WorkTaken(needs_sponsorship=True), WorkOffered(sponsors=True), []),
        (WorkTaken(needs_sponsorship=False), WorkOffered(sponsors=False), []),
        (WorkTaken("GREEN_CARD"), WorkOffered(clearance="TS_SCI"), ["CLEARANCE"]),
        (WorkTaken("US_CITIZEN"), WorkOffered(clearance="TS_SCI"), []),
        (WorkTaken("GREEN_CARD"), WorkOffered(clearance="PUBLIC_TRUST"), []),
        (WorkTaken(workplaces=frozenset({"REMOTE"})), WorkOffered(workplace="ONSITE"), ["WORKPLACE"]),
        (WorkTaken(workplaces=frozenset({"REMOTE", "HYBRID"})), WorkOffered(workplace="HYBRID"), []),
        (WorkTaken(areas=frozenset({"US-NY"}), relocates=False), ONSITE_TX, ["PLACE"]),
        (WorkTaken(areas=frozenset({"US-NY"}), relocates=True), ONSITE_TX, []),
        (WorkTaken(areas=frozenset({"US-NY"})), ONSITE_TX, []),
        (WorkTaken(areas=frozenset({"US-NY", "US-TX"}), relocates=False), ONSITE_TX, []),
        (WorkTaken(areas=frozenset({"US"}), relocates=False), ONSITE_TX, []),
        (WorkTaken(areas=frozenset({"US-NJ"}), relocates=False), replace(ONSITE_TX, areas=frozenset({"US-NY"})), []),
        (WorkTaken(areas=frozenset({"US-NY"}), relocates=False), replace(ONSITE_TX, areas=frozenset({"US"})), []),
        (WorkTaken(areas=frozenset({"US-NY"}), relocates=False), replace(ONSITE_TX, workplace="REMOTE"), []),
        (WorkTaken(areas=frozenset({"US-NY"}), relocates=False), replace(ONSITE_TX, workplace=""), []),
        (WorkTaken(contract_types=frozenset({"C2C"})), WorkOffered(contract_types=frozenset({"W2"})),
         ["CONTRACT_TYPE"]),
        (WorkTaken(contract_types=frozenset({"C2C", "W2"})), WorkOffered(contract_types=frozenset({"W2"})), []),
        (WorkTaken(least_pay=100, currency="USD"), WorkOffered(most_pay=99, currency="USD"), ["PAY"]),
        (WorkTaken(least_pay=100, currency="USD"), WorkOffered(most_pay=100, currency="USD"), []),
        (WorkTaken(least_pay=100, currency="USD"), WorkOffered(most_pay=99, currency="EUR"), []),
        (WorkTaken(least_pay=100), WorkOffered(most_pay=99), []),
    ],
)  # fmt: skip
def test_excludes_what_cannot_be(one: WorkTaken, other: WorkOffered, expected: list[str]) -> None:
    assert [found.filter for found in blockers(one, other)] == expected
    assert blocked_pairs([one], [other])[0, 0] == bool(expected)


def test_says_why_in_words() -> None:
    found = blockers(
        WorkTaken("H1B", True, frozenset({"US-NY"}), False, frozenset({"ONSITE"}), frozenset({"C2C"}), 10**7, "USD"),
        WorkOffered(frozenset({"US_CITIZEN"}), False, "SECRET", frozenset({"US-TX"}), "ONSITE", frozenset({"W2"}),
                    9 * 10**6, "USD"),
    )  # fmt: skip
    assert [each.reason for each in found] == [
        "The posting takes US citizens; the candidate has H-1B.",
        "The posting sponsors no visa; the candidate needs one sponsored.",
        "The posting asks for a secret clearance, which only US citizens are granted; the candidate has H-1B.",
        "The work is in US-TX; the candidate is in US-NY and does not move.",
        "The posting offers W2; the candidate takes C2C.",
        "The posting pays at most 90,000 USD a year; the candidate works for no less than 100,000.",
    ]


def test_states_are_near_each_other_both_ways() -> None:
    assert all(state in NEAR[near] for state, several in NEAR.items() for near in several)
