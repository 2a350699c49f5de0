"""A posting of the tenant's own as a draft, and the draft as columns again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from blacklight_matching.postings.importing.drafts import Draft, Row

OWN_PLATFORM = "direct"
"""The board of what is typed in or sent by a program."""

EDITABLE = tuple(each.name for each in fields(Draft) if each.name != "platform_job_id")
"""What an update may name."""

MET_ANEW = frozenset({"url", "posted_time"})
"""Columns in which a posting that is met again may differ."""

_COLUMNS = {"remote": "board_remote", "posted_date": "posted_time"}


def as_draft(stored: Mapping[str, Any]) -> Draft:
    """The draft that would be stored as this row."""
    told = {name: stored[_COLUMNS.get(name, name)] for name in EDITABLE}
    moment = told.pop("posted_date")
    return Draft(
        platform_job_id=stored["platform_job_id"],
        posted_date="" if moment is None else moment.isoformat(timespec="seconds"),
        **told,
    )


def merged(stored: Draft, given: Draft, paths: Collection[str]) -> Draft:
    """The stored draft with these fields of the given one."""
    return replace(stored, **{name: getattr(given, name) for name in paths})


def as_columns(row: Row) -> dict[str, Any]:
    """A checked row as the columns that an update writes."""
    told = {name: getattr(row.draft, name) for name in EDITABLE if name not in _COLUMNS}
    return {
        **told,
        "board_remote": row.draft.remote,
        "posted_time": row.posted_time,
        "fingerprint": row.fingerprint,
    }
