"""Reading one board for a session: postings into batches, accounts as they are needed, then one report."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.fleet_service_pb2 import Assignment, ConnectRequest, PlatformReport

from blacklight_fleethost.batching import batches, payload_of, too_large
from blacklight_fleethost.delivery import Delivery
from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.leases import HeldAccount, another
from blacklight_fleethost.reader import NothingThere, PlatformFailed, Search
from blacklight_fleethost.served import served
from blacklight_fleethost.spool import digest_of
from blacklight_fleethost.tools import Tools

MOST_ACCOUNTS = 3
"""Accounts tried for one board of one session, one after the other."""
STANDS_AS_IT_IS = ("ALREADY_REPORTED", "SESSION_ENDED")
"""Refusals of a report that leave nothing to do: the board has an outcome."""
STOP_SECONDS = 10.0
"""How long a reader may take to close what it has open when it is stopped."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How reading a board ended."""

    state: session_pb2.PlatformRunState.ValueType
    failed: PlatformFailed | None = None


class BoardWork:
    """One board of one session."""

    def __init__(
        self,
        tools: Tools,
        assignment: Assignment,
        platform: str,
        delivery: Delivery,
        accounts: dict[str, HeldAccount],
    ) -> None:
        """`accounts` by platform; another one that is got replaces the one before."""
        self._tools = tools
        self._assignment = assignment
        self._platform = platform
        self._delivery = delivery
        self._accounts = accounts

    async def run(self) -> None:
        """Reads and reports the board. Raises LinkLost, TakenOver and SessionLost.

        A board that the platform has ended is not reported. Its account is given back after the report, so that the
        report lands (F-19), and however the work ended (F-22).
        """
        with self._tools.kept.standing.at_work(self._assignment.session_id, self._platform) as stop:
            outcome = await self._attempts(stop)
        if outcome is not None:
            await self._delivery.settle(self._platform)
            self._note(outcome)
            await self._report(outcome)
        if account := self._accounts.get(self._platform):
            await account.release()

    async def _attempts(self, stop: asyncio.Event) -> Outcome | None:
        """Reads the board; anew with another account where the one it had did not do."""
        for attempt in range(1, MOST_ACCOUNTS + 1):
            account = self._accounts.get(self._platform)
            outcome = await self._attempt(account, stop)
            if outcome is None or outcome.failed is None or attempt == MOST_ACCOUNTS:
                return outcome
            wanted = outcome.failed.reason == session_pb2.FAILURE_REASON_CREDENTIAL_MISSING
            if not wanted and (account is None or account.held):
                return outcome
            if not await self._other_account():
                return outcome
        raise AssertionError("unreachable")

    async def _attempt(self, account: HeldAccount | None, stop: asyncio.Event) -> Outcome | None:
        """Reads until the end, or until the platform ends it (None), or until the account is lost."""
        reading = asyncio.create_task(self._read_all(account))
        stopping = [asyncio.create_task(stop.wait())]
        if account is not None:
            stopping.append(asyncio.create_task(account.lost.wait()))
        try:
            await asyncio.wait({reading, *stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                return await reading
        finally:
            for task in (reading, *stopping):
                task.cancel()
            await asyncio.wait({reading, *stopping}, timeout=STOP_SECONDS)
            if reading.done() and not reading.cancelled():
                reading.exception()  # seen; what stopped it weighs more
        if stop.is_set():
            return None
        self._tell(HostEventKind.ACCOUNT_LOST, "the account is another's now; reading was stopped")
        return _failed(PlatformFailed(session_pb2.FAILURE_REASON_CREDENTIAL_MISSING, "the account was lost"))

    async def _other_account(self) -> bool:
        if account := self._accounts.pop(self._platform, None):
            self._tools.accounts.discard(account)
            await account.release()
        assignment = self._assignment
        found = await another(self._tools.link, assignment.session_id, assignment.fencing_token, self._platform)
        if found is None:
            return False
        self._accounts[self._platform] = found
        self._tools.accounts.add(found)
        return True

    async def _read_all(self, account: HeldAccount | None) -> Outcome:
        spool, session_id = self._tools.kept.spool, self._assignment.session_id
        try:
            await self._check_served()
            postings = self._unsent(account, spool.sent(session_id, self._platform))
            async with aclosing(batches(postings, self._tools.most_postings)) as made:
                async for drafts in made:
                    each = [draft.SerializeToString(deterministic=True) for draft in drafts]
                    await self._delivery.send_new(self._platform, payload_of(drafts), each)
            empty = session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED
        except NothingThere:
            empty = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED
        except PlatformFailed as failed:
            if account is not None:
                await account.blamed(failed)
            return _failed(failed)
        sent = spool.batches(session_id, self._platform)
        outcome = Outcome(session_pb2.PLATFORM_RUN_STATE_COMPLETED if sent else empty)
        if account is not None and outcome.state != session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED:
            await account.succeeded()
        return outcome

    async def _check_served(self) -> None:
        """A board that this host cannot read is not empty; saying so would hide it (F-08). Raises PlatformFailed."""
        readable = await served(self._tools.reader)
        if readable is not None and self._platform not in readable:
            raise PlatformFailed(session_pb2.FAILURE_REASON_UNKNOWN, "this host has no reader for the platform")

    async def _unsent(self, account: HeldAccount | None, sent_before: Counter[bytes]) -> AsyncGenerator[PostingDraft]:
        """What the reader yields, without what was put into batches before; recognised by all its content (F-23)."""
        async with aclosing(self._read(account)) as drafts:
            async for draft in drafts:
                digest = digest_of(draft.SerializeToString(deterministic=True))
                if sent_before[digest] > 0:
                    sent_before[digest] -= 1
                elif too_large(draft):
                    self._tell(HostEventKind.POSTING_DROPPED, "larger than a batch may be")
                else:
                    yield draft

    async def _read(self, account: HeldAccount | None) -> AsyncGenerator[PostingDraft]:
        """The reader's postings; what goes wrong inside it is that board's failure and stops nothing else."""
        assignment = self._assignment
        standing = self._tools.kept.standing
        reading: AsyncIterator[PostingDraft] | None = None
        try:
            await standing.until_may_read(assignment.session_id, self._platform)
            reading = self._tools.reader.read(_search(assignment, account), self._platform)
            async for draft in reading:
                if not isinstance(draft, PostingDraft):
                    raise TypeError("a reader yields PostingDrafts")
                yield draft
                await standing.until_may_read(assignment.session_id, self._platform)
        except (NothingThere, PlatformFailed):
            raise
        except Exception as error:
            said = f"the reader broke: {type(error).__name__}"
            raise PlatformFailed(session_pb2.FAILURE_REASON_UNKNOWN, said) from error
        finally:
            # Stopped between two postings, a generator would close what it has open only when it is collected.
            if isinstance(reading, AsyncGenerator):
                await reading.aclose()

    def _note(self, outcome: Outcome) -> None:
        """Lets a board that failed rest on this host, whatever the platform says (F-03)."""
        if outcome.failed is None:
            if outcome.state != session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED:
                self._tools.kept.cooldowns.succeeded(self._platform)
            return
        failed = outcome.failed
        seconds = self._tools.kept.cooldowns.failed(self._platform, failed.reason, failed.retry_after_seconds)
        if seconds > 0:
            self._tell(HostEventKind.BOARD_RESTS, f"for {seconds:.0f} s: {failed.message}")

    async def _report(self, outcome: Outcome) -> None:
        """Reports the board. What the platform knows better is no trouble: it may have ended the board meanwhile, and
        have batches that a spool which is gone had sent. Raises LinkLost, TakenOver and SessionLost.
        """
        answer = await self._tools.link.ask(ConnectRequest(report=self._message(outcome)))
        reason = answer.refusal.reason
        if reason == "NOT_EMPTY" and outcome.state != session_pb2.PLATFORM_RUN_STATE_COMPLETED:
            return await self._report(Outcome(session_pb2.PLATFORM_RUN_STATE_COMPLETED))
        if reason not in STANDS_AS_IT_IS:
            self._delivery.check(answer)
        said = session_pb2.PlatformRunState.Name(outcome.state).removeprefix("PLATFORM_RUN_STATE_")
        self._tell(HostEventKind.PLATFORM_REPORTED, f"{said}; {reason}" if reason else said)

    def _message(self, outcome: Outcome) -> PlatformReport:
        failed = outcome.failed
        return PlatformReport(
            session_id=self._assignment.session_id,
            fencing_token=self._assignment.fencing_token,
            platform=self._platform,
            outcome=outcome.state,
            failure_reason=failed.reason if failed else session_pb2.FAILURE_REASON_UNSPECIFIED,
            message=failed.message if failed else "",
            batches=self._tools.kept.spool.batches(self._assignment.session_id, self._platform),
        )

    def _tell(self, kind: HostEventKind, message: str) -> None:
        self._tools.tell(
            kind,
            session_id=self._assignment.session_id,
            role_name=self._assignment.role_name,
            platform=self._platform,
            message=message,
        )


def _failed(failed: PlatformFailed) -> Outcome:
    return Outcome(session_pb2.PLATFORM_RUN_STATE_FAILED, failed)


def _search(assignment: Assignment, account: HeldAccount | None) -> Search:
    return Search(
        role_name=assignment.role_name,
        aliases=tuple(assignment.aliases),
        location=assignment.location,
        candidate_query=assignment.candidate_query,
        queries=tuple(assignment.search_queries),
        account=account,
    )
