"""Runs as others see them, and the states they go through. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

POSTING_IMPORT, EMBEDDING_MAINTENANCE = "POSTING_IMPORT", "EMBEDDING_MAINTENANCE"
RESCORE, MATCH_REFRESH = "RESCORE", "MATCH_REFRESH"

WAITING, RUNNING, PAUSED = "WAITING", "RUNNING", "PAUSED"
COMPLETED, COMPLETED_WITH_ERRORS = "COMPLETED", "COMPLETED_WITH_ERRORS"
FAILED, CANCELLED = "FAILED", "CANCELLED"
PAGE_DONE = "PAGE_DONE"
"""Why a page is not counted: it was done, or the run has ended, meanwhile."""
ENDED = frozenset({COMPLETED, COMPLETED_WITH_ERRORS, FAILED, CANCELLED})


@dataclass(frozen=True, slots=True)
class RunView:
    """A run: what it does (`task`), where its next page begins (`position`), and how far it is."""

    run_id: UUID
    tenant_id: UUID | None
    kind: str
    task: Mapping[str, Any]
    state: str
    done: int
    failed: int
    total: int
    position: Mapping[str, Any]
    starter_kind: str
    starter_id: str
    create_time: datetime
    update_time: datetime
    end_time: datetime | None
    reason: str
    error: str
