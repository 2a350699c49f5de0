"""One pay out of several rates: the rate of the ways of being paid that are offered, or the range over them."""

from __future__ import annotations

from datetime import date

import pytest
from blacklight_matching.postings.extraction import extract_text
from blacklight_matching.postings.extraction.rates import find_rate

SEEN = date(2026, 5, 14)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Rate: W2 $55/hr, C2C $65/hr", 55, 65),
        ("We can pay $95/hr on W2 or $105/hr corp-to-corp.", 95, 105),
        ("Rate: $50-55/hr W2 / $60-65/hr C2C", 50, 65),
        ("C2C rate $65/hr; W2 rate: $55/hr", 55, 65),
        ("W2: $55/hr\nC2C: $65/hr", 55, 65),
        ("Rate: W2 - $60/hr, C2C - $68/hr", 60, 68),
        ("Rate: 1099 - $66/hr, W2 - $61/hr", 61, 66),
        ("Rate: $70/hr on 1099, $66/hr on W2", 66, 70),
        ("Rate: $60/hr on C2C. The second phase pays $80/hr on C2C.", 60, None),
        ("Salary $120,000 a year, or $65/hr on C2C", 120_000, None),
        ("Rate: $60/hr, overtime $90/hr", 60, None),
    ],
)
def test_a_rate_for_each_way_of_being_paid_gives_a_range(text: str, low: float, high: float | None) -> None:
    pay = find_rate(text)
    assert pay is not None
    assert (pay.min, pay.max) == (low, high)
    assert text[pay.span.start : pay.span.end].strip()


def test_the_rate_of_the_way_that_is_offered_is_the_pay() -> None:
    found = extract_text("Role: QA Analyst\nTax terms: C2C\nRate: W2 $55, C2C $65", seen=SEEN)
    assert found.pay is not None
    assert (found.pay.min, found.pay.max) == (65, None)
    assert find_rate("W2 $55/hr, C2C $65/hr", offered=("W2",)) == find_rate("W2 $55/hr")


def test_first_lines_name_every_kind_of_contract() -> None:
    found = extract_text("W2: $55/hr\nC2C: $65/hr", seen=SEEN)
    assert set(found.contract_types) == {"W2", "C2C", "CONTRACT"}
