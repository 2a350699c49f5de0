"""`request_id`: a create that is sent again answers as it did the first time (AIP-155)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import Message
from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Conflict

Answer = TypeVar("Answer", bound=Message)

# A second caller with the same key waits here until the first one commits or rolls back.
_CLAIM = text(
    "INSERT INTO request_log (tenant_id, caller_id, method, request_id, request_hash)"
    " VALUES (:tenant_id, :caller_id, :method, :request_id, :request_hash)"
    " ON CONFLICT (tenant_id, caller_id, method, request_id) DO NOTHING RETURNING id"
)
_READ = text(
    "SELECT request_hash, answer FROM request_log WHERE tenant_id IS NOT DISTINCT FROM :tenant_id"
    " AND caller_id = :caller_id AND method = :method AND request_id = :request_id"
)
_KEEP = text("UPDATE request_log SET answer = :answer WHERE id = :id")
_FORGET = text("DELETE FROM request_log WHERE create_time < now() - interval '24 hours'")


def once(
    session: Session,
    caller: Caller,
    *,
    request_id: str,
    method: str,
    request: Message,
    answer: type[Answer],
    make: Callable[[], Answer],
) -> Answer:
    """Runs `make` inside the transaction, unless this caller's request of that id was answered before.

    An empty `request_id` always runs `make`. Raises Conflict (REQUEST_ID_REUSED) for another request under the
    same id. Keys are kept for 24 hours.
    """
    if not request_id:
        return make()
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    key = {
        "tenant_id": caller.tenant_id,
        "caller_id": caller.id,
        "method": method,
        "request_id": request_id.lower(),
    }
    claimed = session.execute(_CLAIM, {**key, "request_hash": digest}).scalar_one_or_none()
    if claimed is not None:
        made = make()
        session.execute(_KEEP, {"id": claimed, "answer": made.SerializeToString()})
        return made
    row = session.execute(_READ, key).one()
    if bytes(row.request_hash) != digest:
        raise Conflict(
            "this request_id was used for another request; choose a new UUID for a new request",
            reason="REQUEST_ID_REUSED",
            field="request_id",
        )
    return answer.FromString(bytes(row.answer))


def forget(session: Session) -> None:
    """Deletes keys older than 24 hours."""
    session.execute(_FORGET)
