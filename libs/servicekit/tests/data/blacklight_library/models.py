from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind, schema_metadata
from sqlalchemy import DateTime, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = schema_metadata("library")


class BookRow(Base):
    __tablename__ = "books"
    __table_args__ = (UniqueConstraint("tenant_id", "title"), {"info": {"kind": Kind.TENANT}})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(Text)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class DeliveryRow(Base):
    """What a receiver of events saw: each delivery."""

    __tablename__ = "deliveries"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]


class EffectRow(Base):
    """What a receiver of events did: once for each event."""

    __tablename__ = "effects"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)


class LoanRow(Base):
    """Has a foreign key, so that its violation can be provoked."""

    __tablename__ = "loans"
    __table_args__ = ({"info": {"kind": Kind.TENANT}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    book_id: Mapped[UUID] = mapped_column(ForeignKey("library.books.id"))
    borrower: Mapped[str] = mapped_column(Text)
