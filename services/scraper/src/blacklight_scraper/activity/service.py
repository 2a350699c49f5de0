"""Notes what happens in the fleet; read by monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from blacklight_scraper.activity.models import FleetEventRow


def note(
    session: Session,
    kind: str,
    now: datetime,
    *,
    session_id: UUID | None = None,
    platform: str = "",
    api_key_id: UUID | None = None,
    host_name: str = "",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Part: notes an event in the transaction of what happened. `detail` holds no secrets."""
    session.execute(
        insert(FleetEventRow).values(
            event_time=now,
            kind=kind,
            session_id=session_id,
            platform=platform,
            api_key_id=api_key_id,
            host_name=host_name,
            detail=dict(detail or {}),
        )
    )
