"""What is known of a portal user outside the table. Pure."""

from __future__ import annotations

from dataclasses import dataclass

INVITED = "INVITED"
ACTIVE = "ACTIVE"
DEACTIVATED = "DEACTIVATED"


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made; `system_role` is a name of the catalogue."""

    email: str
    given_name: str
    family_name: str
    system_role: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A user's state and system role."""

    state: str
    system_role: str
