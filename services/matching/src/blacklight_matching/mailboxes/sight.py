"""Whose mailboxes somebody sees (P-91). Pure."""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.errors import NotFound

VIEW_ALL = "mailboxes.view_all"


def person(caller: Caller) -> UUID:
    """Who calls, where it is a person; services are nobody."""
    return UUID(caller.id) if caller.kind is CallerKind.USER else UUID(int=0)


def sees_all(caller: Caller) -> bool:
    """Whether the caller sees everybody's mailboxes of its tenant."""
    return VIEW_ALL in caller.permissions


def mailbox_not_found(mailbox_id: UUID) -> NotFound:
    """One answer for what is absent and for what is not the caller's."""
    return NotFound(f"mailbox {mailbox_id} not found", reason="MAILBOX_NOT_FOUND", field="mailbox_id")
