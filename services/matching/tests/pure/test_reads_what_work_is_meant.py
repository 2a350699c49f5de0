"""From told preferences and read fields to what filters compare."""

from __future__ import annotations

import pytest
from blacklight_matching.scoring import ANY_WORK, SAYS_NOTHING, blockers
from blacklight_matching.work import cents_a_year, resolved, work_offered, work_taken


def test_nothing_told_is_the_one_that_filters_pass_over() -> None:
    assert work_taken() is ANY_WORK
    assert work_offered() is SAYS_NOTHING


@pytest.mark.parametrize(
    ("amount", "period", "expected"),
    [(50, "HOUR", 10_400_000), (400, "DAY", 10_400_000), (2_000, "WEEK", 10_400_000), (8_000, "MONTH", 9_600_000),
     (90_000, "YEAR", 9_000_000), (32.55, "HOUR", 3_255 * 2_080), (50, "", None), (None, "HOUR", None)],
)  # fmt: skip
def test_pay_is_compared_by_the_year(amount: float | None, period: str, expected: int | None) -> None:
    assert cents_a_year(amount, period) == expected


def test_a_mere_contract_may_be_paid_any_way() -> None:
    assert {"W2", "C2C", "FORM_1099"} <= resolved(["CONTRACT"])
    assert resolved(["CONTRACT", "W2"]) == {"CONTRACT", "W2"}
    c2c, w2 = work_taken(contract_types=["C2C"]), work_offered(contract_types=["W2"])
    assert blockers(c2c, work_offered(contract_types=["CONTRACT"])) == ()
    assert [each.filter for each in blockers(c2c, w2)] == ["CONTRACT_TYPE"]


def test_places_are_read_as_written_and_one_that_is_unreadable_might_be_anywhere() -> None:
    assert work_taken(locations=["Plano, Texas"]).areas == {"US-TX"}
    assert work_offered(places=["New York, NY, US", "Berlin, DE"]).areas == {"US-NY", "DE"}
    assert work_taken(locations=["Plano, TX", "wherever you like"]).areas == frozenset()


def test_an_hourly_rate_is_held_against_a_yearly_one() -> None:
    taken = work_taken(least_pay=60, pay_currency="usd", pay_period="HOUR")
    low = work_offered(pay_max=120_000, pay_currency="USD", pay_period="YEAR")
    assert [each.filter for each in blockers(taken, low)] == ["PAY"]
    assert blockers(taken, work_offered(pay_max=130_000, pay_currency="USD", pay_period="YEAR")) == ()
