"""Pay as boards write it: numbers, or a schema.org MonetaryAmount. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blacklight_fleethost.postings.texts import text_of

_NUMBER = re.compile(r"[$€£]?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*([kK])?")
_A_YEAR = {"month": 12.0, "week": 52.0, "day": 260.0}
"""Draft amounts are a year's or an hour's; other periods are counted up to a year."""


@dataclass(frozen=True, slots=True)
class Pay:
    """A range; what is not said is None or empty."""

    lowest: float | None = None
    highest: float | None = None
    currency: str = ""


def number_of(value: Any) -> float | None:
    """`85000`, `"85,000"`, `"$85k"` as a number; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    return float(found[1].replace(",", "") + (found[2] or "")) * (1000 if found[3] else 1)


def pay_of(value: Any) -> Pay | None:
    """The range of a MonetaryAmount, a MonetaryAmountDistribution or a `{min, max, currency}`; None for texts."""
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, Mapping)), None)
    if not isinstance(value, Mapping):
        return None
    inner = value.get("value")
    amounts = inner if isinstance(inner, Mapping) else value
    lowest = _first(amounts, "minValue", "min", "minimum", "percentile10", "value")
    highest = _first(amounts, "maxValue", "max", "maximum", "percentile90", "value")
    unit = text_of(amounts.get("unitText") or value.get("unitText") or value.get("interval")).casefold()
    times = next((count for period, count in _A_YEAR.items() if unit.startswith(period)), 1.0)
    currency = text_of(value.get("currency") or amounts.get("currency"))
    return Pay(_times(lowest, times), _times(highest, times), currency)


def _first(amounts: Mapping[str, Any], *names: str) -> float | None:
    return next((found for name in names if (found := number_of(amounts.get(name))) is not None), None)


def _times(amount: float | None, times: float) -> float | None:
    return None if amount is None else amount * times
