"""Rates and what is left of them, exact to the cent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Margin:
    """Bill rate less pay rate, and that in per cent of the bill rate (None for a bill rate of 0)."""

    amount: Decimal
    percent: Decimal | None


def decimal_of(text: str) -> Decimal | None:
    """A rate as the contract writes it; None for an empty one."""
    return Decimal(text).quantize(_CENT) if text else None


def text_of(amount: Decimal | None) -> str:
    """A rate or margin with two places; empty for None."""
    return "" if amount is None else str(amount.quantize(_CENT))


def margin_of(bill_rate: Decimal | None, pay_rate: Decimal | None) -> Margin | None:
    """The margin of two rates of one type and currency; None while either is unknown."""
    if bill_rate is None or pay_rate is None:
        return None
    amount = bill_rate - pay_rate
    percent = (amount * 100 / bill_rate).quantize(_CENT, ROUND_HALF_UP) if bill_rate else None
    return Margin(amount, percent)
