"""Tables of opinions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base


class MatchOpinion(Base):
    """The last opinion on a match, with the states of both sides that it was formed on.

    `claim_until`: somebody is asking the language model; nobody else does before that time.
    """

    __tablename__ = "match_opinions"
    __table_args__ = ({"info": {"kind": Kind.TENANT}},)

    match_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    opinion: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    engine: Mapped[str] = mapped_column(server_default=text("''"))
    profile_hash: Mapped[bytes | None]
    posting_hash: Mapped[bytes | None]
    create_time: Mapped[datetime | None]
    expire_time: Mapped[datetime | None]
    claim_until: Mapped[datetime | None]


class OpinionSpending(Base):
    """How often a tenant has had the language model asked on a day (UTC)."""

    __tablename__ = "opinion_spending"
    __table_args__ = ({"info": {"kind": Kind.TENANT}},)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(Integer)
