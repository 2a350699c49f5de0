"""Hard filters: what excludes a pair before its score counts (issue 4; docs/adr/0015).

A pair that is filtered is no match, however well the texts fit. What is unknown on either side excludes nothing.
`blockers` is the rule for one pair, with reasons for people; `filter_block.blocked_pairs` is the same for many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from blacklight_matching.scoring.areas import marks, reach
from blacklight_matching.scoring.work import WorkOffered, WorkTaken

CITIZENS_ONLY = frozenset({"SECRET", "TOP_SECRET", "TS_SCI"})
"""Clearances that only citizens are granted."""

ALSO_ACCEPTED = {"EAD": frozenset({"OPT"})}
"""Optional practical training is worked on an employment authorization document."""

PRESENT = frozenset({"ONSITE", "HYBRID"})
"""Workplaces that somebody has to come to."""

_WORDS = {
    "US_CITIZEN": "US citizens", "GREEN_CARD": "green cards", "EAD": "EAD", "H1B": "H-1B", "OPT": "OPT", "CPT": "CPT",
    "TN": "TN", "L1": "L-1", "OTHER": "others", "FULL_TIME": "full time", "PART_TIME": "part time",
    "CONTRACT": "contract", "CONTRACT_TO_HIRE": "contract to hire", "W2": "W2", "C2C": "C2C", "FORM_1099": "1099",
    "TEMPORARY": "temporary", "INTERNSHIP": "internship", "REMOTE": "remote", "HYBRID": "hybrid", "ONSITE": "on site",
}  # fmt: skip
_HELD = _WORDS | {"US_CITIZEN": "US citizenship", "GREEN_CARD": "a green card", "OTHER": "another authorization"}


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why a pair is no match.

    Attributes:
        filter: AUTHORIZATION, SPONSORSHIP, CLEARANCE, WORKPLACE, PLACE, CONTRACT_TYPE or PAY.
        reason: one sentence for people.
    """

    filter: str
    reason: str


def blockers(taken: WorkTaken, offered: WorkOffered) -> tuple[Blocker, ...]:
    """Everything that excludes the pair; empty when nothing does."""
    rules = (_authorization, _sponsorship, _clearance, _workplace, _place, _contract_type, _pay)
    return tuple(found for rule in rules if (found := rule(taken, offered)) is not None)


def accepted(authorizations: frozenset[str]) -> frozenset[str]:
    """Whom a posting accepts that names these."""
    also = (ALSO_ACCEPTED[each] for each in authorizations if each in ALSO_ACCEPTED)
    return authorizations.union(*also)


def _authorization(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if not taken.authorization or not offered.authorizations:
        return None
    if taken.authorization in accepted(offered.authorizations):
        return None
    return Blocker(
        "AUTHORIZATION",
        f"The posting takes {_listed(offered.authorizations)}; the candidate has {_HELD[taken.authorization]}.",
    )


def _sponsorship(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if not taken.needs_sponsorship or offered.sponsors is not False:
        return None
    return Blocker("SPONSORSHIP", "The posting sponsors no visa; the candidate needs one sponsored.")


def _clearance(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if offered.clearance not in CITIZENS_ONLY or taken.authorization in ("", "US_CITIZEN"):
        return None
    asked = offered.clearance.replace("_", " ").lower()
    return Blocker(
        "CLEARANCE",
        f"The posting asks for a {asked} clearance, which only US citizens are granted; "
        f"the candidate has {_HELD[taken.authorization]}.",
    )


def _workplace(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if not taken.workplaces or not offered.workplace or offered.workplace in taken.workplaces:
        return None
    return Blocker(
        "WORKPLACE", f"The work is {_WORDS[offered.workplace]}; the candidate takes {_listed(taken.workplaces)}."
    )


def _place(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if taken.relocates is not False or offered.workplace not in PRESENT or not taken.areas or not offered.areas:
        return None
    if reach(taken.areas) & marks(offered.areas):
        return None
    return Blocker(
        "PLACE",
        f"The work is in {_listed(offered.areas)}; the candidate is in {_listed(taken.areas)} and does not move.",
    )


def _contract_type(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if not taken.contract_types or not offered.contract_types or taken.contract_types & offered.contract_types:
        return None
    return Blocker(
        "CONTRACT_TYPE",
        f"The posting offers {_listed(offered.contract_types)}; the candidate takes {_listed(taken.contract_types)}.",
    )


def _pay(taken: WorkTaken, offered: WorkOffered) -> Blocker | None:
    if taken.least_pay is None or offered.most_pay is None or not taken.currency or taken.currency != offered.currency:
        return None
    if offered.most_pay >= taken.least_pay:
        return None
    return Blocker(
        "PAY",
        f"The posting pays at most {offered.most_pay // 100:,} {offered.currency} a year; "
        f"the candidate works for no less than {taken.least_pay // 100:,}.",
    )


def _listed(names: Iterable[str]) -> str:
    """ "W2 or C2C", always in the same order."""
    words = [_WORDS.get(name, name) for name in sorted(names)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
