"""Accounts of boards, leased while a session reads them."""

from __future__ import annotations

import asyncio
import contextlib

from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.fleet_service_pb2 import (
    ConnectRequest,
    Lease,
    LeaseFailure,
    LeaseHeartbeat,
    LeaseRefresh,
    LeaseRelease,
    LeaseReport,
    LeaseRequest,
    LeaseSuccess,
)
from blacklight.scraper.v1.session_pb2 import FailureReason

from blacklight_fleethost.link import Link, LinkLost
from blacklight_fleethost.reader import PlatformFailed

RESTS = {
    session_pb2.FAILURE_REASON_CAPTCHA: 60,
    session_pb2.FAILURE_REASON_BLOCKED: 60,
    session_pb2.FAILURE_REASON_RATE_LIMITED: 30,
}
"""Minutes that an account rests after a board failed for a reason that is about the account."""
RELEASE_SECONDS = 10


class HeldAccount:
    """An account, its lease and the means to report on it. Its text forms hold no secret."""

    def __init__(self, link: Link, lease: Lease) -> None:
        self._link = link
        self._lease = lease
        self.held = True
        """Until it is given back or lost."""
        self.lost = asyncio.Event()
        """Set when the platform has given it to somebody else, or ended it."""

    def __repr__(self) -> str:
        return f"HeldAccount({self._lease.name!r})"

    @property
    def platform(self) -> str:
        """The board it is for."""
        return self._lease.platform

    @property
    def name(self) -> str:
        """What administrators call it."""
        return self._lease.name

    @property
    def username(self) -> str:
        """Who signs in."""
        return self._lease.username

    @property
    def password(self) -> str:
        """Secret."""
        return self._lease.password

    @property
    def cookies(self) -> str:
        """Secret."""
        return self._lease.cookies

    @property
    def proxy(self) -> str:
        """Secret."""
        return self._lease.proxy

    @property
    def profile_key(self) -> str:
        """The browser profile."""
        return self._lease.profile_key

    async def alive(self) -> None:
        """Still in use; this is how the host learns that it is not its own any more. Raises LinkLost."""
        await self._say(self._report(heartbeat=LeaseHeartbeat()))

    async def succeeded(self) -> None:
        """The account works; it stays leased. Raises LinkLost."""
        await self._say(self._report(success=LeaseSuccess(terminal=False)))

    async def failed(self, reason: FailureReason.ValueType, message: str, *, cooldown_minutes: int = 0) -> None:
        """The account did not work and is given back. Raises LinkLost."""
        failure = LeaseFailure(failure_reason=reason, message=message[:1000], cooldown_minutes=cooldown_minutes)
        await self._say(self._report(failure=failure))
        self.held = False

    async def auth_dead(self, message: str) -> None:
        """A person has to sign in anew; the account is given back. Raises LinkLost."""
        reason = session_pb2.FAILURE_REASON_AUTH_REQUIRED
        failure = LeaseFailure(failure_reason=reason, message=message[:1000], auth_dead=True)
        await self._say(self._report(failure=failure))
        self.held = False

    async def refreshed(self, cookies: str) -> None:
        """Stores renewed cookies. Raises LinkLost, and PlatformFailed where they are refused."""
        said = await self._say(self._report(refresh=LeaseRefresh(cookies=cookies)))
        if said:
            raise PlatformFailed(session_pb2.FAILURE_REASON_AUTH_REQUIRED, f"the cookies were refused: {said}")

    async def blamed(self, failed: PlatformFailed) -> None:
        """A board failed with this account: reports it where the reason is about the account. Raises LinkLost."""
        if failed.reason == session_pb2.FAILURE_REASON_AUTH_REQUIRED:
            await self.auth_dead(failed.message)
        elif failed.reason in RESTS:
            await self.failed(failed.reason, failed.message, cooldown_minutes=RESTS[failed.reason])

    async def release(self) -> None:
        """Gives it back, however the work with it ended (F-22); a lease that is not held any more stays as it is."""
        with contextlib.suppress(LinkLost, TimeoutError):
            async with asyncio.timeout(RELEASE_SECONDS):
                await self._say(self._report(release=LeaseRelease()))
        self.held = False

    def _report(self, **action: object) -> LeaseReport:
        return LeaseReport(
            credential_id=self._lease.credential_id,
            lease_token=self._lease.lease_token,
            **action,  # type: ignore[arg-type]
        )

    async def _say(self, report: LeaseReport) -> str:
        """Sends it while the lease is held; returns why it was refused, for a reason other than that."""
        if not self.held:
            return ""
        answer = await self._link.ask(ConnectRequest(lease=report))
        refused = answer.HasField("refusal")
        if refused and answer.refusal.reason != "LEASE_LOST":
            return answer.refusal.reason
        if (refused or not answer.lease.held) and report.WhichOneof("action") in ("heartbeat", "success", "refresh"):
            self.held = False
            self.lost.set()
        return ""


async def another(link: Link, session_id: str, fencing_token: int, platform: str) -> HeldAccount | None:
    """Another account for a board of a session; None where none is free. Raises LinkLost."""
    request = LeaseRequest(session_id=session_id, fencing_token=fencing_token, platform=platform)
    answer = await link.ask(ConnectRequest(lease_request=request))
    if answer.HasField("refusal") or not answer.lease.HasField("lease"):
        return None
    return HeldAccount(link, answer.lease.lease)
