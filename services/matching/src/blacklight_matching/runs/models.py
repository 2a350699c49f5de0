"""Table of long runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base


class Run(Base):
    """Work that outlasts a request: what is to be done, how far it is, and how it ended."""

    __tablename__ = "runs"
    __table_args__ = (
        # One of a kind at a time, for a tenant or for the platform; files may be imported side by side.
        Index(
            "uq_runs_unfinished",
            "tenant_id",
            "kind",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state IN ('RUNNING', 'PAUSED') AND kind <> 'POSTING_IMPORT'"),
        ),
        Index("ix_runs_tenant_id_run_id", "tenant_id", "run_id"),
        {"info": {"kind": Kind.TENANT, "platform": "write"}},
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Null: a run of the platform, over all tenants.
    tenant_id: Mapped[UUID | None]
    kind: Mapped[str]
    # What to do, as its kind understands it.
    task: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    done: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failed: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    total: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # Where the next page begins, as its kind understands it.
    position: Mapped[dict[str, Any]] = mapped_column(JSONB)
    starter_kind: Mapped[str]
    starter_id: Mapped[str]
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]
    end_time: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    error: Mapped[str] = mapped_column(server_default=text("''"))
