"""Claiming roles for the boards that are free."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

from blacklight.scraper.v1 import fleet_service_pb2
from blacklight.scraper.v1.fleet_service_pb2 import Assignment, Claim, ConnectRequest, NothingToClaim

from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.reader import PlatformFailed
from blacklight_fleethost.retry import pause
from blacklight_fleethost.served import served
from blacklight_fleethost.tools import Tools


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """Roles, or how long to wait before asking again; `starved` when only accounts are wanting."""

    assignments: tuple[Assignment, ...] = ()
    retry_seconds: float = 0.0
    starved: bool = False


class Claims:
    """The claims of one host, over all its connections.

    A claim whose answer was lost is made again under its id, so that it gets the same answer and not more (F-01). A
    claim that is refused is made later and later; that holds up nothing else (F-06).
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._claim_id = str(uuid4())
        self._refusals = 0

    async def free(self, tools: Tools, allowed: Iterable[str], busy: frozenset[str]) -> list[str]:
        """The platforms to claim for: allowed, served by the reader, not at work, not paused, not at rest here."""
        kept = tools.kept
        try:
            readable = await served(tools.reader)
        except PlatformFailed as failed:
            tools.tell(HostEventKind.READER_SAID, message=failed.message)
            return []
        resting = kept.cooldowns.resting()
        return [
            name
            for name in allowed
            if name not in busy
            and name not in resting
            and (readable is None or name in readable)
            and kept.standing.may_claim(name)
        ]

    async def ask(self, tools: Tools, platforms: list[str]) -> ClaimAnswer:
        """Claims. Raises LinkLost."""
        claim = Claim(claim_id=self._claim_id, platforms=platforms)
        answer = await tools.link.ask(ConnectRequest(claim=claim))
        self._claim_id = str(uuid4())
        if answer.HasField("assignments"):
            self._refusals = 0
            return ClaimAnswer(tuple(answer.assignments.assignments))
        if answer.HasField("refusal"):
            self._refusals += 1
            seconds = max(1.0, pause(self._refusals, self._chance))
            said = f"{answer.refusal.reason}: {answer.refusal.message}; again in {seconds:.0f} s"
            tools.tell(HostEventKind.CLAIM_REFUSED, message=said)
            return ClaimAnswer(retry_seconds=seconds)
        self._refusals = 0
        tools.tell(HostEventKind.NOTHING_TO_CLAIM, message=_why(answer.nothing))
        return ClaimAnswer(
            retry_seconds=float(max(1, answer.nothing.retry_after_seconds)), starved=_starved(answer.nothing)
        )


def _starved(nothing: NothingToClaim) -> bool:
    reasons = {standing.reason for standing in nothing.platforms}
    return reasons == {fleet_service_pb2.NOTHING_REASON_NO_CREDENTIAL}


def _why(nothing: NothingToClaim) -> str:
    """The reasons that need somebody's attention; that nothing is due is no news."""
    said = []
    for standing in nothing.platforms:
        if standing.reason not in (0, fleet_service_pb2.NOTHING_REASON_NOTHING_DUE):
            name = fleet_service_pb2.NothingReason.Name(standing.reason).removeprefix("NOTHING_REASON_")
            said.append(f"{standing.platform}: {name.lower().replace('_', ' ')}")
    return ", ".join(said)
