"""Books, loans and what receivers of events keep."""

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import create_kit_tables, secure
from blacklight_servicekit.tables import Kind

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_kit_tables(op, "library")
    op.create_table(
        "books",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_books"),
        sa.UniqueConstraint("tenant_id", "title", name="uq_books_tenant_id_title"),
        schema="library",
    )
    op.create_table(
        "loans",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("borrower", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_loans"),
        sa.ForeignKeyConstraint(["book_id"], ["library.books.id"], name="fk_loans_book_id"),
        schema="library",
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        schema="library",
    )
    op.create_table(
        "effects",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_effects"),
        schema="library",
    )
    op.execute("GRANT USAGE ON SEQUENCE library.deliveries_id_seq TO library_platform")
    secure(op, "library", "books", Kind.TENANT, platform="read")
    secure(op, "library", "loans", Kind.TENANT)
    secure(op, "library", "deliveries", Kind.PLATFORM)
    secure(op, "library", "effects", Kind.PLATFORM)
