"""Sessions opened by a claim, and found again by a repeated or a lost one (spec 8.2, 8.9; F-01)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from blacklight_servicekit import outbox
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.queue.states import TakenRole
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow, pending_run
from blacklight_scraper.sessions.states import OPENED, AssignmentView, Patience, RunState, SessionState, Transport
from blacklight_scraper.sessions.sweeps.service import Sweeps


@dataclass(frozen=True, slots=True)
class Opening:
    """A session about to be opened: by whom, how it is worked, and its place in the claim's answer."""

    session_id: UUID
    api_key_id: UUID
    host_name: str
    claim_id: UUID
    claim_index: int
    transport: Transport


class SessionOpening:
    """The beginnings of sessions. Parts only."""

    def __init__(self, sweeps: Sweeps, patience: Patience) -> None:
        self._sweeps = sweeps
        self._patience = patience

    def find_claimed(self, session: Session, *, api_key_id: UUID, claim_id: UUID) -> list[AssignmentView]:
        """Part: the assignments that this claim got before; the same claim at the same time waits here (F-01)."""
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:claim, 0))"),
            {"claim": f"{api_key_id}/{claim_id}"},
        )
        rows = session.scalars(
            select(SessionRow)
            .where(SessionRow.api_key_id == api_key_id, SessionRow.claim_id == claim_id)
            .order_by(SessionRow.claim_index)
        ).all()
        return self.assignments(session, rows)

    def find_untouched(
        self, session: Session, *, api_key_id: UUID, host_name: str, platforms: Collection[str]
    ) -> list[AssignmentView]:
        """Part: open sessions by REST on one of these platforms of which the host has shown no knowledge.

        The answer to their claim was lost, or two claims of a host crossed: claims without a stream come one by one.
        """
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:host, 0))"), {"host": f"{api_key_id}//{host_name}"}
        )
        rows = session.scalars(
            select(SessionRow)
            .where(
                SessionRow.api_key_id == api_key_id,
                SessionRow.host_name == host_name,
                SessionRow.end_time.is_(None),
                SessionRow.transport == Transport.REST,
                ~SessionRow.touched,
                SessionRow.platforms.overlap(sorted(platforms)),
            )
            .order_by(SessionRow.session_id)
        ).all()
        found = self.assignments(session, rows)
        return [each for each in found if (set(each.platforms) - set(each.reported)) & set(platforms)]

    def find_newest(self, session: Session, *, api_key_id: UUID, since: datetime) -> AssignmentView | None:
        """Part: the newest session by REST that the host is at work on, if it was opened since then (spec 8.2)."""
        rows = session.scalars(
            select(SessionRow)
            .where(
                SessionRow.api_key_id == api_key_id,
                SessionRow.state == SessionState.ACTIVE,
                SessionRow.transport == Transport.REST,
                SessionRow.create_time > since,
            )
            .order_by(SessionRow.create_time.desc(), SessionRow.session_id.desc())
            .limit(1)
        ).all()
        found = self.assignments(session, rows)
        return found[0] if found else None

    def open(
        self, session: Session, opening: Opening, role: TakenRole, platforms: Sequence[str], now: datetime
    ) -> AssignmentView:
        """Part: a session on a target that was taken, its platforms in the order given."""
        rest = opening.transport is Transport.REST
        liveness = self._patience.rest_liveness if rest else self._patience.liveness
        row = SessionRow(
            session_id=opening.session_id,
            claim_id=opening.claim_id,
            claim_index=opening.claim_index,
            api_key_id=opening.api_key_id,
            host_name=opening.host_name,
            transport=opening.transport,
            target_id=role.target_id,
            sweep_id=self._sweeps.join(session, role.target_id, now),
            role_id=role.role_id,
            role_name=role.name,
            aliases=list(role.aliases),
            location=role.location,
            candidate_query=role.candidate_query,
            candidate_count=role.candidate_count,
            platforms=list(platforms),
            fencing_token=1,
            last_sequence=0,
            state=SessionState.ACTIVE,
            create_time=now,
            last_seen_time=now,
            liveness_seconds=int(liveness.total_seconds()),
            paused=False,
            touched=False,
            end_reason="",
        )
        session.add(row)
        session.flush()
        session.execute(insert(PlatformRunRow), [pending_run(opening.session_id, platform) for platform in platforms])
        outbox.add(session, OPENED, {"session_id": str(opening.session_id)}, tenant_id=None)
        note(
            session,
            OPENED,
            now,
            session_id=row.session_id,
            api_key_id=row.api_key_id,
            host_name=row.host_name,
            detail={"role_name": role.name, "platforms": ", ".join(platforms)},
        )
        return row.assignment()

    def assignments(self, session: Session, rows: Sequence[SessionRow]) -> list[AssignmentView]:
        """Part: these sessions as their holder gets them now, in the order given."""
        if not rows:
            return []
        ids = [row.session_id for row in rows]
        reported: dict[UUID, set[str]] = {session_id: set() for session_id in ids}
        found = select(PlatformRunRow.session_id, PlatformRunRow.platform).where(
            PlatformRunRow.session_id.in_(ids), PlatformRunRow.state != RunState.PENDING
        )
        for run in session.execute(found):
            reported[run.session_id].add(run.platform)
        return [
            replace(
                row.assignment(), reported=tuple(name for name in row.platforms if name in reported[row.session_id])
            )
            for row in rows
        ]
