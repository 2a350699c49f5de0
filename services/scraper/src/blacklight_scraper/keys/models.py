"""The table of API keys. A key is revoked, never deleted: sessions go on naming it (P-44)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, DateTime, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class ApiKeyRow(Base):
    """A key: the hash of its secret and the platforms it opens."""

    __tablename__ = "api_keys"
    __table_args__ = (
        Index("uq_api_keys_name", "name", unique=True, postgresql_where=text("revoke_time IS NULL")),
        Index("uq_api_keys_secret_sha256", "secret_sha256", unique=True),
        Index(
            "uq_api_keys_previous_secret_sha256",
            "previous_secret_sha256",
            unique=True,
            postgresql_where=text("previous_secret_sha256 IS NOT NULL"),
        ),
        {"info": {"kind": Kind.PLATFORM}},
    )

    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    platforms: Mapped[list[str]] = mapped_column(ARRAY(Text))
    prefix: Mapped[str] = mapped_column(Text)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoke_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    description: Mapped[str] = mapped_column(Text)
    rate_limit_per_minute: Mapped[int] = mapped_column(Integer)
    expire_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    pause_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[str] = mapped_column(Text)
    revoked_by: Mapped[str] = mapped_column(Text)
    usage_count: Mapped[int] = mapped_column(BigInteger)
    previous_secret_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_expire_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(BigInteger)
