"""The hard filters for many pairs at once: the same answers as `filters.blockers`, as matrices.

Only rows and columns of which something is known are looked at, so that where nobody has said anything nothing is
computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from blacklight_matching.scoring.areas import marks, reach
from blacklight_matching.scoring.filters import CITIZENS_ONLY, PRESENT, accepted
from blacklight_matching.scoring.work import ANY_WORK, SAYS_NOTHING, WorkOffered, WorkTaken

Flags = NDArray[np.bool_]

_AUTHORIZATIONS = ("US_CITIZEN", "GREEN_CARD", "EAD", "H1B", "OPT", "CPT", "TN", "L1", "OTHER")
_WORKPLACES = ("REMOTE", "HYBRID", "ONSITE")
_CONTRACT_TYPES = (
    "FULL_TIME", "PART_TIME", "CONTRACT", "CONTRACT_TO_HIRE", "W2", "C2C", "FORM_1099", "TEMPORARY", "INTERNSHIP",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    """One filter for rows x columns: which of them say something of it, and which pairs it excludes."""

    row_says: Callable[[WorkTaken], bool]
    column_says: Callable[[WorkOffered], bool]
    excludes: Callable[[list[WorkTaken], list[WorkOffered]], Flags]


def blocked_pairs(taken: Sequence[WorkTaken], offered: Sequence[WorkOffered]) -> Flags:
    """Whether each pair is excluded, shape (taken, offered). Equal to `bool(blockers(...))` of each pair."""
    blocked = np.zeros((len(taken), len(offered)), dtype=bool)
    rows = [row for row, each in enumerate(taken) if each is not ANY_WORK]
    columns = [column for column, each in enumerate(offered) if each is not SAYS_NOTHING]
    for rule in _RULES if rows and columns else ():
        said = [row for row in rows if rule.row_says(taken[row])]
        asked = [column for column in columns if rule.column_says(offered[column])]
        if said and asked:
            excluded = rule.excludes([taken[row] for row in said], [offered[column] for column in asked])
            blocked[np.ix_(said, asked)] |= excluded
    return blocked


def _disjoint(left: Sequence[Iterable[str]], right: Sequence[Iterable[str]], names: Sequence[str]) -> Flags:
    """Which sets of `left` share nothing with which of `right`; few names, so a bit each."""
    bits = {name: 1 << place for place, name in enumerate(names)}
    ours = np.array([sum(bits[name] for name in each) for each in left], dtype=np.int32)
    theirs = np.array([sum(bits[name] for name in each) for each in right], dtype=np.int32)
    return np.asarray((ours[:, None] & theirs[None, :]) == 0)


def _authorization(taken: list[WorkTaken], offered: list[WorkOffered]) -> Flags:
    return _disjoint(
        [{each.authorization} for each in taken], [accepted(each.authorizations) for each in offered], _AUTHORIZATIONS
    )


def _workplace(taken: list[WorkTaken], offered: list[WorkOffered]) -> Flags:
    return _disjoint([each.workplaces for each in taken], [{each.workplace} for each in offered], _WORKPLACES)


def _contract_type(taken: list[WorkTaken], offered: list[WorkOffered]) -> Flags:
    return _disjoint(
        [each.contract_types for each in taken], [each.contract_types for each in offered], _CONTRACT_TYPES
    )


def _place(taken: list[WorkTaken], offered: list[WorkOffered]) -> Flags:
    """Areas are many, so they are counted in common by a sparse product."""
    columns: dict[str, int] = {}
    reached = _incidence([reach(each.areas) for each in taken], columns)
    marked = _incidence([marks(each.areas) for each in offered], columns)
    shape = max(len(columns), 1)
    for each in (reached, marked):
        each.resize((each.shape[0], shape))
    return np.asarray((reached @ marked.T).toarray() == 0)


def _incidence(sets: Sequence[frozenset[str]], columns: dict[str, int]) -> sparse.csr_array:
    starts = np.cumsum([0, *(len(each) for each in sets)])
    places = [columns.setdefault(name, len(columns)) for each in sets for name in sorted(each)]
    return sparse.csr_array((np.ones(len(places), dtype=np.int32), places, starts), shape=(len(sets), len(columns)))


def _pay(taken: list[WorkTaken], offered: list[WorkOffered]) -> Flags:
    currencies: dict[str, int] = {}
    ours = np.array([currencies.setdefault(each.currency, len(currencies)) for each in taken])
    theirs = np.array([currencies.setdefault(each.currency, len(currencies)) for each in offered])
    least = np.array([each.least_pay for each in taken], dtype=np.int64)
    most = np.array([each.most_pay for each in offered], dtype=np.int64)
    return np.asarray((ours[:, None] == theirs[None, :]) & (most[None, :] < least[:, None]))


def _always(taken: list[WorkTaken], offered: list[WorkOffered]) -> Flags:
    return np.ones((len(taken), len(offered)), dtype=bool)


_RULES = (
    _Rule(lambda one: bool(one.authorization), lambda other: bool(other.authorizations), _authorization),
    _Rule(lambda one: one.needs_sponsorship is True, lambda other: other.sponsors is False, _always),
    _Rule(
        lambda one: one.authorization not in ("", "US_CITIZEN"),
        lambda other: other.clearance in CITIZENS_ONLY,
        _always,
    ),
    _Rule(lambda one: bool(one.workplaces), lambda other: bool(other.workplace), _workplace),
    _Rule(
        lambda one: one.relocates is False and bool(one.areas),
        lambda other: other.workplace in PRESENT and bool(other.areas),
        _place,
    ),
    _Rule(lambda one: bool(one.contract_types), lambda other: bool(other.contract_types), _contract_type),
    _Rule(
        lambda one: one.least_pay is not None and bool(one.currency),
        lambda other: other.most_pay is not None and bool(other.currency),
        _pay,
    ),
)
