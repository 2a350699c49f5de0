"""What another service or a workflow must learn, written in the transaction that makes it true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_servicekit.ids import new_id

_ADD = text(
    "WITH added AS (INSERT INTO outbox (id, kind, tenant_id, payload)"
    " SELECT each.id, :kind, :tenant_id, each.payload"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:payloads AS jsonb[])) AS each (id, payload))"
    " SELECT pg_notify('outbox_' || current_schema(), '')"
)


def add(session: Session, kind: str, payload: dict[str, Any], *, tenant_id: UUID | None) -> UUID:
    """Adds an event; the relay delivers it at least once after the commit, in no particular order.

    The payload holds ids and versions only, never personal data. Returns the event's id, which receivers use to
    recognise a repeated delivery.
    """
    return add_all(session, kind, [payload], tenant_id=tenant_id)[0]


def add_all(session: Session, kind: str, payloads: Sequence[dict[str, Any]], *, tenant_id: UUID | None) -> list[UUID]:
    """Adds events of one kind, as `add` does, in one statement."""
    ids = [new_id() for _ in payloads]
    if payloads:
        given = {"ids": [str(each) for each in ids], "payloads": [json.dumps(each) for each in payloads]}
        session.execute(_ADD, {"kind": kind, "tenant_id": tenant_id, **given})
    return ids
