"""What the work of one connection shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from blacklight_fleethost.cooldowns import Cooldowns
from blacklight_fleethost.events import HostEvent, HostEventKind, Watch
from blacklight_fleethost.leases import HeldAccount
from blacklight_fleethost.link import Link
from blacklight_fleethost.reader import Reader
from blacklight_fleethost.refused import Refused
from blacklight_fleethost.spool import Spool
from blacklight_fleethost.standing import Standing
from blacklight_fleethost.window import Window


@dataclass(frozen=True)
class Kept:
    """What a host keeps from one connection to the next."""

    spool: Spool
    refused: Refused
    cooldowns: Cooldowns
    standing: Standing = field(default_factory=Standing)
    out_of_step: Counter[str] = field(default_factory=Counter)
    """How often each session was out of step with the platform."""


@dataclass(frozen=True)
class Tools:
    """What the sessions of one connection share."""

    host: str
    link: Link
    reader: Reader
    kept: Kept
    window: Window
    most_postings: int
    watch: Watch
    accounts: set[HeldAccount] = field(default_factory=set)
    """The accounts to be kept alive."""

    def tell(self, kind: HostEventKind, **fields: str | int) -> None:
        """Tells whoever watches."""
        self.watch(HostEvent(kind, self.host, **fields))  # type: ignore[arg-type]
