"""What another service or a workflow must learn, written in the transaction that makes it true."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_servicekit.ids import new_id

_ADD = text(
    "WITH added AS (INSERT INTO outbox (id, kind, tenant_id, payload)"
    " VALUES (:id, :kind, :tenant_id, CAST(:payload AS jsonb)))"
    " SELECT pg_notify('outbox_' || current_schema(), '')"
)


def add(session: Session, kind: str, payload: dict[str, Any], *, tenant_id: UUID | None) -> UUID:
    """Adds an event; the relay delivers it at least once after the commit, in no particular order.

    The payload holds ids and versions only, never personal data. Returns the event's id, which receivers use to
    recognise a repeated delivery.
    """
    event_id = new_id()
    session.execute(_ADD, {"id": event_id, "kind": kind, "tenant_id": tenant_id, "payload": json.dumps(payload)})
    return event_id
