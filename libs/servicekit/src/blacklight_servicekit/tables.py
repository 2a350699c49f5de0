"""The four kinds of table and the tables that every service has: outbox, audit log, request log.

A service's models derive from a `Base` of its own::

    class Base(DeclarativeBase):
        metadata = schema_metadata("candidate")

and each table names its kind in `__table_args__`: `{"info": {"kind": Kind.TENANT}}`.
"""

from __future__ import annotations

from enum import Enum

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


class Kind(Enum):
    """How a table is walled."""

    TENANT = "tenant"
    """Rows of one tenant each, under forced row-level security."""
    PLATFORM = "platform"
    """No tenant's; the app role reads, the platform role writes."""
    MIXED = "mixed"
    """`tenant_id` null = shared by all; shared rows are written by the platform role."""
    DELIVERY = "delivery"
    """The outbox: the app role only adds, the platform role delivers."""


NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

NOW = func.now()


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=None if nullable else NOW)


def schema_metadata(schema: str) -> MetaData:
    """Metadata of a service's schema, with the tables that every service has."""
    metadata = MetaData(schema=schema, naming_convention=NAMING)
    Table(
        "outbox",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("tenant_id", Uuid),
        Column("payload", JSONB, nullable=False),
        _time("create_time"),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        _time("next_time"),
        _time("dead_time", nullable=True),
        Column("error", Text, nullable=False, server_default=text("''")),
        Index("ix_outbox_due", "next_time", postgresql_where=text("dead_time IS NULL")),
        info={"kind": Kind.DELIVERY},
    )
    Table(
        "audit_log",
        metadata,
        Column("sequence", BigInteger, Identity(always=True), primary_key=True),
        Column("tenant_id", Uuid),
        Column("action", Text, nullable=False),
        Column("entity_id", Text, nullable=False),
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Text, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("changes", JSONB, nullable=False),
        _time("create_time"),
        Index("ix_audit_log_tenant_id_sequence", "tenant_id", "sequence"),
        info={"kind": Kind.TENANT, "platform": "write"},
    )
    Table(
        "request_log",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("tenant_id", Uuid),
        Column("caller_id", Text, nullable=False),
        Column("method", Text, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("request_hash", LargeBinary, nullable=False),
        Column("answer", LargeBinary),
        _time("create_time"),
        Index(
            "uq_request_log_key",
            "tenant_id",
            "caller_id",
            "method",
            "request_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_request_log_create_time", "create_time"),
        info={"kind": Kind.TENANT, "platform": "write"},
    )
    return metadata
