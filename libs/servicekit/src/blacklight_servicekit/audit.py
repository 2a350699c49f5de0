"""Who did what: a row in the transaction that does it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_servicekit.caller import Caller

_RECORD = text(
    "INSERT INTO audit_log (tenant_id, action, entity_id, actor_kind, actor_id, request_id, changes)"
    " VALUES (:tenant_id, :action, :entity_id, :actor_kind, :actor_id, :request_id, CAST(:changes AS jsonb))"
)


def record(
    session: Session,
    caller: Caller,
    action: str,
    entity_id: UUID | str,
    *,
    tenant_id: UUID | None = None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Writes an audit row: `action` is `noun.verb`; `changes` names fields and states, never personal values."""
    session.execute(
        _RECORD,
        {
            "tenant_id": tenant_id or caller.tenant_id,
            "action": action,
            "entity_id": str(entity_id),
            "actor_kind": caller.kind.value,
            "actor_id": caller.id,
            "request_id": caller.request_id,
            "changes": json.dumps(changes or {}),
        },
    )
