"""The orders in which submissions are listed, and no others (pain P-80). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from blacklight_servicekit.errors import Invalid

_COLUMNS: Final = {
    "create_time": ("create_time", "submission_id"),
    "update_time": ("update_time", "submission_id"),
    "state_time": ("state_time", "submission_id"),
    "priority": ("priority", "create_time", "submission_id"),
}
_DIRECTIONS: Final = {"": False, "asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Order:
    """Columns that no two rows share all of, all in one direction, as an index has them."""

    columns: tuple[str, ...]
    descending: bool


NEWEST: Final = Order(_COLUMNS["create_time"], descending=True)


def order_of(order_by: str) -> Order:
    """The order that `order_by` names (AIP-132); newest first for an empty one. Raises Invalid (UNKNOWN_ORDER)."""
    if not order_by.strip():
        return NEWEST
    name, _, direction = " ".join(order_by.split()).partition(" ")
    if name not in _COLUMNS or direction not in _DIRECTIONS:
        message = f"order_by is one of {', '.join(_COLUMNS)}, then asc or desc"
        raise Invalid(message, reason="UNKNOWN_ORDER", field="order_by")
    return Order(_COLUMNS[name], _DIRECTIONS[direction])
