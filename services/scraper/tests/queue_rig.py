"""Hosts that claim and work without a stream between, for tests of the queue, claims and sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from blacklight.scraper.v1 import (
    credential_service_pb2,
    credential_service_pb2_grpc,
    platform_service_pb2,
    role_queue_service_pb2,
    session_pb2,
)
from blacklight_scraper.intake.states import NewBatch, Outcomes
from blacklight_scraper.sessions.reports import Report
from blacklight_scraper.sessions.states import RunState, Transport
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from google.protobuf.field_mask_pb2 import FieldMask

COMPLETED = session_pb2.PLATFORM_RUN_STATE_COMPLETED
CONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED
UNCONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED
FAILED = session_pb2.PLATFORM_RUN_STATE_FAILED
BLOCKED = session_pb2.FAILURE_REASON_BLOCKED
CALLER = Caller.service("scraper", None)


class Rig:
    """A scraper, and a host of it."""

    def __init__(self, scraper: Any, name: str = "host", platforms: tuple[str, ...] = ("dice", "indeed")) -> None:
        self.scraper = scraper
        scraper.add_key(name, platforms)
        [row] = scraper.rows("SELECT api_key_id FROM scraper.api_keys WHERE name = :name", name=name)
        self.api_key_id: UUID = row.api_key_id
        self.caller = Caller(CallerKind.HOST, str(row.api_key_id), platforms=frozenset(platforms))

    @property
    def parts(self) -> Any:
        """What hosts' writes go through."""
        return self.scraper.claims._sessions

    def ask(self, *platforms: str, **changes: Any) -> Any:
        """What a claim is answered."""
        given = {
            "claim_id": uuid4(),
            "host_name": "host-1",
            "most": 0,
            "transport": Transport.STREAM,
            "can_lease": True,
            **changes,
        }
        return self.scraper.claims.claim(self.caller, platforms=platforms, **given)

    def claim(self, *platforms: str, **changes: Any) -> Any:
        """The first assignment of a claim for one; None without any."""
        claimed = self.ask(*platforms, **{"most": 1, **changes})
        return claimed.assignments[0] if claimed.assignments else None

    def standings(self, *platforms: str, **changes: Any) -> dict[str, str]:
        """Why platforms gave nothing."""
        return {each.platform: each.reason.name for each in self.ask(*platforms, **changes).standings}

    def report(
        self, assignment: Any, platform: str, outcome: int = CONFIRMED, reason: int = 0, batches: int | None = None
    ) -> None:
        token = assignment.fencing_token
        told = Report(assignment.session_id, token, platform, RunState(outcome), reason, "", batches)
        with self.scraper.app.database.platform_transaction() as session:
            self.parts.report(session, api_key_id=self.api_key_id, report=told)

    def finish(self, assignment: Any) -> Any:
        with self.scraper.app.database.platform_transaction() as session:
            return self.parts.finish(
                session,
                api_key_id=self.api_key_id,
                session_id=assignment.session_id,
                fencing_token=assignment.fencing_token,
            )

    def abandon(self, assignment: Any, reason: int = session_pb2.FAILURE_REASON_BROWSER_CRASH) -> Any:
        with self.scraper.app.database.platform_transaction() as session:
            return self.parts.abandon(
                session,
                api_key_id=self.api_key_id,
                session_id=assignment.session_id,
                fencing_token=assignment.fencing_token,
                failure_reason=reason,
                message="",
            )

    def end(self, assignment: Any, outcome: int = CONFIRMED, reason: int = 0) -> Any:
        """Reports every platform alike, finishes, and looks."""
        for platform in assignment.platforms:
            self.report(assignment, platform, outcome, reason)
        self.finish(assignment)
        return self.scraper.review(assignment.session_id)

    def deliver(self, assignment: Any, *sequences: int, platform: str = "dice") -> list[UUID]:
        """Stores a batch of one posting for each number; returns the batches' ids."""
        batches = [
            NewBatch(
                batch_id=new_id(),
                session_id=assignment.session_id,
                sequence=sequence,
                role_id=assignment.role_id,
                platform=platform,
                payload=b"payload",
                sha256=bytes(32),
                received=1,
                accepted=1,
                acknowledgement=b"",
            )
            for sequence in sequences
        ]
        now = utc_now()
        with self.scraper.app.database.platform_transaction() as session:
            self.scraper.intake.store(session, batches, now)
            self.parts.advance(session, {assignment.session_id: sequences[-1]}, now)
        return [batch.batch_id for batch in batches]

    def settle(self, batch_id: UUID) -> bool:
        return bool(self.scraper.intake.settle(CALLER, batch_id=batch_id, outcomes=Outcomes(1, 0, 0, 0)))


def update_platform(scraper: Any, name: str, **values: Any) -> None:
    """Writes fields of a platform."""
    platform = platform_service_pb2.Platform(name=name, **values)
    request = platform_service_pb2.UpdatePlatformRequest(platform=platform, update_mask=FieldMask(paths=sorted(values)))
    scraper.platforms.UpdatePlatform(request, metadata=scraper.admin)


def add_account(scraper: Any, platform: str, name: str = "one") -> str:
    """An account; returns its id."""
    stub = credential_service_pb2_grpc.CredentialServiceStub(scraper.app.channel)
    secret = credential_service_pb2.CreateCredentialRequest().secret
    secret.username, secret.password = "someone", "pass-phrase"
    request = credential_service_pb2.CreateCredentialRequest(platform=platform, name=name, secret=secret)
    return str(stub.CreateCredential(request, metadata=scraper.admin).credential_id)


def add_target(scraper: Any, role_id: str, location: str = "", query: str = "", **changes: Any) -> Any:
    """A target that hosts may claim."""
    request = role_queue_service_pb2.CreateQueueTargetRequest(
        role_id=role_id, location=location, candidate_query=query, **{"approved": True, **changes}
    )
    return scraper.queue.CreateQueueTarget(request, metadata=scraper.admin)


def targets(scraper: Any, **asked: Any) -> Any:
    """The answer of ListQueueTargets."""
    request = role_queue_service_pb2.ListQueueTargetsRequest(**asked)
    return scraper.queue.ListQueueTargets(request, metadata=scraper.admin)


def events(scraper: Any, kind: str) -> list[Any]:
    """What was noted of this kind, in order."""
    return scraper.rows("SELECT * FROM scraper.fleet_events WHERE kind = :kind ORDER BY event_id", kind=kind)


MINUTE = timedelta(minutes=1)
