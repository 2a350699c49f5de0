"""The table of submissions by REST: what makes a repeated one the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import DateTime, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class SubmissionRow(Base):
    """A delivery of one platform's jobs; `submission_key` is the host's, or the digest of what it sent."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("session_id", "platform", "submission_key"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.sessions.session_id"))
    platform: Mapped[str] = mapped_column(Text)
    submission_key: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
