"""What work a posting offers and what work a person takes, as the filters compare them. Plain values, made in
`blacklight_matching.work`.

Names are those of the contract (`work.proto`) without prefixes. Whatever is empty or None is unknown, and what is
unknown on either side excludes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkTaken:
    """What work a person takes.

    Attributes:
        authorization: why the person may work in the country, e.g. `H1B`.
        areas: states or countries lived in and accepted; see `areas`.
        relocates: whether the person moves for work.
        contract_types: accepted ones, `CONTRACT` resolved.
        least_pay: the least worked for, in whole cents a year of `currency`.
    """

    authorization: str = ""
    needs_sponsorship: bool | None = None
    areas: frozenset[str] = frozenset()
    relocates: bool | None = None
    workplaces: frozenset[str] = frozenset()
    contract_types: frozenset[str] = frozenset()
    least_pay: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class WorkOffered:
    """What work a posting offers.

    Attributes:
        authorizations: who is accepted.
        sponsors: whether visas are sponsored.
        clearance: security clearance asked for, e.g. `SECRET`.
        areas: states or countries of its places.
        workplace: REMOTE, HYBRID or ONSITE.
        most_pay: the most that is paid, in whole cents a year of `currency`.
    """

    authorizations: frozenset[str] = frozenset()
    sponsors: bool | None = None
    clearance: str = ""
    areas: frozenset[str] = frozenset()
    workplace: str = ""
    contract_types: frozenset[str] = frozenset()
    most_pay: int | None = None
    currency: str = ""


ANY_WORK = WorkTaken()
"""Of a person nothing is known."""

SAYS_NOTHING = WorkOffered()
"""Of a posting nothing is known."""
