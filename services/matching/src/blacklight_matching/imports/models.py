"""Tables of imported files: the file while it is needed, and what became of each row."""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base


def _count() -> Mapped[int]:
    return mapped_column(Integer, server_default=text("0"))


class PostingImportRow(Base):
    """What became of one row of a file; numbered from 1."""

    __tablename__ = "posting_import_rows"
    __table_args__ = (
        Index("ix_posting_import_rows_outcome", "import_id", "outcome", "row_number"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    import_id: Mapped[UUID] = mapped_column(
        ForeignKey("matching.posting_imports.import_id", ondelete="CASCADE"), primary_key=True
    )
    row_number: Mapped[int] = mapped_column(Integer, primary_key=True)
    outcome: Mapped[str]
    posting_id: Mapped[UUID | None]
    reason: Mapped[str]
    field: Mapped[str]
    message: Mapped[str]


class PostingImportFile(Base):
    """A file of postings to be imported; its state and progress are those of the run of the same id."""

    __tablename__ = "posting_imports"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("matching.runs.run_id", ondelete="CASCADE"), primary_key=True)
    platform: Mapped[str]
    file_name: Mapped[str]
    charset: Mapped[str]
    update_existing: Mapped[bool]
    received_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # JSON, JSON_LINES or CSV; empty until the file is complete.
    file_format: Mapped[str] = mapped_column(server_default=text("''"))
    rows_new: Mapped[int] = _count()
    rows_duplicate: Mapped[int] = _count()
    rows_refreshed: Mapped[int] = _count()
    rows_updated: Mapped[int] = _count()
    rows_rejected: Mapped[int] = _count()


class PostingImportPiece(Base):
    """At most 1 MiB of a file, kept until its run ends."""

    __tablename__ = "posting_import_pieces"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    import_id: Mapped[UUID] = mapped_column(
        ForeignKey(PostingImportFile.import_id, ondelete="CASCADE"), primary_key=True
    )
    start_byte: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
