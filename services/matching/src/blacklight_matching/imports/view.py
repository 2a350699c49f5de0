"""Imports as others see them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from blacklight_matching.runs.view import RunView


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the rows so far; an updated one is among the refreshed."""

    rows_new: int = 0
    rows_duplicate: int = 0
    rows_refreshed: int = 0
    rows_updated: int = 0
    rows_rejected: int = 0

    @property
    def total(self) -> int:
        """All rows read."""
        return self.rows_new + self.rows_duplicate + self.rows_refreshed + self.rows_rejected


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import and its run."""

    import_id: UUID
    platform: str
    file_name: str
    charset: str
    update_existing: bool
    received_bytes: int
    file_format: str
    counts: ImportCounts
    run: RunView


@dataclass(frozen=True, slots=True)
class ImportRowView:
    """What became of one row; numbered from 1."""

    row_number: int
    outcome: str
    posting_id: UUID | None
    reason: str
    field: str
    message: str
