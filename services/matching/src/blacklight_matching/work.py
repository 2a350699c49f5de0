"""From what was told of a candidate or read of a posting to what the hard filters compare. Pure.

The arguments are the columns of candidate_profiles and posting_readings, by their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from blacklight_matching.postings.extraction.place import places_in_field
from blacklight_matching.scoring import ANY_WORK, SAYS_NOTHING, WorkOffered, WorkTaken

PERIODS_A_YEAR = {"HOUR": 2_080, "DAY": 260, "WEEK": 52, "MONTH": 12, "YEAR": 1}
"""How often each pay period comes in a year of full-time work: 52 weeks of 5 days of 8 hours."""

HOW_PAID = frozenset({"W2", "C2C", "FORM_1099"})
ANY_CONTRACT = HOW_PAID | {"CONTRACT", "TEMPORARY", "CONTRACT_TO_HIRE"}
"""What `CONTRACT` stands for where nothing says how it is paid."""


def work_taken(
    *,
    work_authorization: str = "",
    needs_sponsorship: bool | None = None,
    locations: Iterable[str] = (),
    open_to_relocation: bool | None = None,
    workplaces: Iterable[str] = (),
    contract_types: Iterable[str] = (),
    least_pay: float | None = None,
    pay_currency: str = "",
    pay_period: str = "",
) -> WorkTaken:
    """What a person takes, from what was told."""
    pay = cents_a_year(least_pay, pay_period)
    taken = WorkTaken(
        work_authorization,
        needs_sponsorship,
        areas_of(tuple(locations)),
        open_to_relocation,
        frozenset(workplaces),
        resolved(contract_types),
        pay,
        pay_currency.strip().upper() if pay is not None else "",
    )
    return ANY_WORK if taken == ANY_WORK else taken  # the one object, which the filters pass over at once


def work_offered(
    *,
    work_authorizations: Iterable[str] = (),
    sponsorship: str = "",
    clearance: str = "",
    places: Iterable[str] = (),
    workplace: str = "",
    contract_types: Iterable[str] = (),
    pay_max: float | None = None,
    pay_currency: str = "",
    pay_period: str = "",
) -> WorkOffered:
    """What a posting offers, from what was read of it; `sponsorship` is OFFERED, NOT_OFFERED or empty."""
    pay = cents_a_year(pay_max, pay_period)
    offered = WorkOffered(
        frozenset(work_authorizations),
        {"OFFERED": True, "NOT_OFFERED": False}.get(sponsorship),
        clearance,
        areas_of(tuple(places)),
        workplace,
        resolved(contract_types),
        pay,
        pay_currency.strip().upper() if pay is not None else "",
    )
    return SAYS_NOTHING if offered == SAYS_NOTHING else offered


def resolved(contract_types: Iterable[str]) -> frozenset[str]:
    """Contract types as they are compared: a mere `CONTRACT` may be paid any way, one beside `W2` is a W2 contract."""
    said = frozenset(contract_types)
    return said | ANY_CONTRACT if "CONTRACT" in said and not said & HOW_PAID else said


def cents_a_year(amount: float | None, period: str) -> int | None:
    """An amount for a period as whole cents a year; None when either is unknown."""
    times = PERIODS_A_YEAR.get(period)
    return None if amount is None or times is None else round(amount * 100) * times


@lru_cache(8_192)  # the same few places come again and again
def areas_of(places: tuple[str, ...]) -> frozenset[str]:
    """Areas ("US-TX", "DE") of places as written or canonical; empty = unknown, also when one of them is unreadable:
    it might be anywhere.
    """
    areas: set[str] = set()
    for written in places:
        found = places_in_field(written)
        if not found:
            return frozenset()
        areas.update(f"{place.country}-{place.region}" if place.region else place.country for place in found)
    return frozenset(areas)
