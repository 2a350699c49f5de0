"""Rows by the million for the lists of S7: one statement a table, every column filled that has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_BLANKS: tuple[tuple[type[Any], str], ...] = (
    (Boolean, "false"),
    (SmallInteger, "1"),
    (Integer, "1"),
    (Numeric, "1"),
    (LargeBinary, r"'\x00'::bytea"),
    (DateTime, "now()"),
    (Date, "current_date"),
    (ARRAY, "'{}'"),
    (JSONB, "'{}'"),
    (Text, "''"),
)

STATES = (
    "SUBMITTED", "CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED", "ON_HOLD", "PLACED", "REJECTED",
    "WITHDRAWN",
)  # fmt: skip


def fill(table: Table, values: Mapping[str, str]) -> str:
    """Rows :first to :last of a table; `values` are SQL over the row's number `n`, other columns are blank."""
    columns = {
        column.name: values.get(column.name) or _blank(column)
        for column in table.columns
        if column.name in values or not _may_be_left_out(column)
    }
    names, expressions = ", ".join(columns), ", ".join(columns.values())
    return (
        f"INSERT INTO {table.schema}.{table.name} ({names})"
        f" SELECT {expressions} FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
    )


def _may_be_left_out(column: Column[Any]) -> bool:
    given = column.server_default is not None or column.computed is not None or column.identity is not None
    return given or bool(column.nullable)


def _blank(column: Column[Any]) -> str:
    return next(blank for kind, blank in _BLANKS if isinstance(column.type, kind))


def hashed(prefix: str, number: str) -> str:
    """SQL of a UUID that stands for a number: the same one gives the same."""
    return f"md5('{prefix}' || ({number}))::uuid"


def submission_values(tenant: str) -> dict[str, str]:
    """A tenant's submissions: 1 of 10 candidates, 20 recruiters, all states, spread over time, the last the newest."""
    states = "ARRAY[" + ", ".join(f"'{state}'" for state in STATES) + "]"
    return {
        "submission_id": "uuidv7()",
        "tenant_id": f"CAST({tenant} AS uuid)",
        "submitter_id": hashed("user", "n % 20"),
        "candidate_id": hashed("candidate", "n / 10"),
        "posting_id": hashed("posting", "n"),
        "candidate_name": "'Robin Example'",
        "job_title": "'Java Developer'",
        "job_company": "'Example Inc'",
        "job_description": "repeat('billing software ', 20)",
        "state": f"({states})[1 + n % 9]",
        "state_changer_id": "''",
        "state_time": "now() - interval '1 minute' * (3000000 - n)",
        "create_time": "now() - interval '1 minute' * (3000000 - n)",
        "update_time": "now() - interval '1 minute' * ((n::bigint * 7919) % 3000000)",
        "vendor_key": "'vendor ' || n % 200",
        "client_key": "'client ' || n % 100",
        "priority": "1 + n % 3",
        "hot": "n % 50 = 0",
        "rate_type": "'HOURLY'",
        "currency": "'USD'",
        "follow_up_date": "CASE WHEN n % 4 = 0 THEN current_date + (n / 4 % 30) END",
    }
