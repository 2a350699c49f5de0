"""Mailboxes, their mails and what came of them.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "matching"
TABLES = ("mailboxes", "mailbox_messages", "posting_mails", "mailbox_notices", "mailbox_sign_ins")


def upgrade() -> None:
    """Creates the tables, each walled by tenant."""
    _mailboxes()
    _messages()
    _posting_mails()
    _notices()
    _sign_ins()
    for table in TABLES:
        secure(op, SCHEMA, table, Kind.TENANT)
    # The platform learns whose mails may be due to be forgotten, and nothing else of a mailbox.
    op.execute(f"GRANT SELECT (tenant_id) ON {SCHEMA}.mailboxes TO {SCHEMA}_platform")
    op.execute(f"CREATE POLICY platform_read ON {SCHEMA}.mailboxes FOR SELECT TO {SCHEMA}_platform USING (true)")


def downgrade() -> None:
    """Removes them."""
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _mailboxes() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "address", "provider", "sign_in", "host")),
        sa.Column("port", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("security", "folder")),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sync_minutes", sa.Integer(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        _time("read_since"),
        _time("last_sync_time", nullable=True),
        _time("last_success_time", nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        _time("failure_time", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("mailbox_id", name="pk_mailboxes"),
        schema=SCHEMA,
    )
    place = ["tenant_id", "user_id", "address", "host", "folder"]
    op.create_index("uq_mailboxes_place", "mailboxes", place, unique=True, schema=SCHEMA)


def _messages() -> None:
    op.create_table(
        "mailbox_messages",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("message_key", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("subject", "sender")),
        _time("receive_time"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "reason")),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _time("next_time"),
        sa.Column("posting_count", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        _time("create_time"),
        _time("read_time", nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="pk_mailbox_messages"),
        _of_mailbox("mailbox_messages", "CASCADE"),
        schema=SCHEMA,
    )
    table = "mailbox_messages"
    key = ["tenant_id", "mailbox_id", "message_key"]
    op.create_index("uq_mailbox_messages_key", table, key, unique=True, schema=SCHEMA)
    unread = sa.text("state IN ('WAITING', 'FAILED')")
    due = ["mailbox_id", "next_time"]
    op.create_index("ix_mailbox_messages_due", table, due, schema=SCHEMA, postgresql_where=unread)
    op.create_index("ix_mailbox_messages_listed", table, ["mailbox_id", "message_id"], schema=SCHEMA)
    op.create_index("ix_mailbox_messages_kept", table, ["tenant_id", "create_time"], schema=SCHEMA)


def _posting_mails() -> None:
    op.create_table(
        "posting_mails",
        *(
            sa.Column(name, sa.Uuid(), nullable=name == "mailbox_id")
            for name in ("posting_mail_id", "tenant_id", "posting_id", "user_id", "mailbox_id", "message_id")
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("subject", "sender")),
        _time("receive_time"),
        _time("create_time"),
        sa.PrimaryKeyConstraint("posting_mail_id", name="pk_posting_mails"),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            [f"{SCHEMA}.postings.posting_id"],
            name="fk_posting_mails_posting_id",
            ondelete="CASCADE",
        ),
        _of_mailbox("posting_mails", "SET NULL"),
        schema=SCHEMA,
    )
    table = "posting_mails"
    message = ["tenant_id", "posting_id", "message_id"]
    op.create_index("uq_posting_mails_message", table, message, unique=True, schema=SCHEMA)
    op.create_index("ix_posting_mails_user", table, ["tenant_id", "user_id", "posting_id"], schema=SCHEMA)
    op.create_index("ix_posting_mails_posting_id", table, ["posting_id"], schema=SCHEMA)
    op.create_index("ix_posting_mails_mailbox_id", table, ["mailbox_id"], schema=SCHEMA)
    named = sa.text("subject <> '' OR sender <> ''")
    kept = ["tenant_id", "create_time"]
    op.create_index("ix_posting_mails_kept", table, kept, schema=SCHEMA, postgresql_where=named)


def _notices() -> None:
    op.create_table(
        "mailbox_notices",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("notice_id", "tenant_id", "mailbox_id", "user_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "message")),
        _time("create_time"),
        _time("dismiss_time", nullable=True),
        sa.PrimaryKeyConstraint("notice_id", name="pk_mailbox_notices"),
        _of_mailbox("mailbox_notices", "CASCADE"),
        schema=SCHEMA,
    )
    undismissed = sa.text("dismiss_time IS NULL")
    op.create_index(
        "uq_mailbox_notices_open",
        "mailbox_notices",
        ["tenant_id", "mailbox_id", "kind"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=undismissed,
    )
    op.create_index("ix_mailbox_notices_mailbox_id", "mailbox_notices", ["mailbox_id"], schema=SCHEMA)
    listed = ["tenant_id", "user_id", "notice_id"]
    op.create_index("ix_mailbox_notices_user", "mailbox_notices", listed, schema=SCHEMA)


def _sign_ins() -> None:
    op.create_table(
        "mailbox_sign_ins",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("sign_in_id", "tenant_id", "user_id")),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("address", "name", "folder")),
        sa.Column("sync_minutes", sa.Integer(), nullable=False),
        _time("create_time"),
        _time("expire_time"),
        sa.PrimaryKeyConstraint("sign_in_id", name="pk_mailbox_sign_ins"),
        schema=SCHEMA,
    )
    ending = ["tenant_id", "expire_time"]
    op.create_index("ix_mailbox_sign_ins_expire_time", "mailbox_sign_ins", ending, schema=SCHEMA)


def _of_mailbox(table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["mailbox_id"],
        [f"{SCHEMA}.mailboxes.mailbox_id"],
        name=f"fk_{table}_mailbox_id",
        ondelete=ondelete,
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
