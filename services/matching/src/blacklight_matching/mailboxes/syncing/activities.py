"""The steps of `mailbox-sync`; mails wait in the database, so they carry counts and times only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blacklight_servicekit.caller import Caller
from temporalio import activity

from blacklight_matching.mailboxes.syncing.service import MailboxSync


@dataclass(frozen=True)
class SyncedMailbox:
    """Which mailbox of which tenant."""

    tenant_id: str
    mailbox_id: str


@dataclass(frozen=True)
class FetchedPage:
    """What a page led to; `pause_seconds` is how long to wait where there is no more."""

    stop: bool
    more: bool
    pause_seconds: float


class MailboxActivities:
    """Activities over one mailbox."""

    def __init__(self, sync: MailboxSync) -> None:
        self._sync = sync

    @property
    def all(self) -> Sequence[Callable[..., Any]]:
        """What the worker registers."""
        return (self.fetch, self.read)

    @activity.defn(name="mailbox-fetch")
    def fetch(self, mailbox: SyncedMailbox) -> FetchedPage:
        """Stores the next page of mails."""
        found = self._sync.fetch_page(_caller(mailbox), UUID(mailbox.mailbox_id))
        return FetchedPage(found.stop, found.more, found.pause.total_seconds())

    @activity.defn(name="mailbox-read")
    def read(self, mailbox: SyncedMailbox) -> bool:
        """Reads a page of stored mails; True when more may wait."""
        return self._sync.read_page(_caller(mailbox), UUID(mailbox.mailbox_id))


def _caller(mailbox: SyncedMailbox) -> Caller:
    return Caller.service("matching", UUID(mailbox.tenant_id))
