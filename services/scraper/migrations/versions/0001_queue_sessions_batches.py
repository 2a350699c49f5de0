"""Keys, platforms, queue, sessions and batches."""

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import create_kit_tables, secure
from blacklight_servicekit.tables import Kind
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001"
down_revision = None

SCHEMA = "scraper"


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _texts(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer, nullable=False)


def _big(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _state(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.SmallInteger, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _foreign(table: str, column: str, target: str, target_column: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{target}.{target_column or column}"], name=f"fk_{table}_{column}"
    )


def upgrade() -> None:
    create_kit_tables(op, SCHEMA)
    _create_keys_and_platforms()
    _create_queue()
    _create_sessions()
    _create_batches()
    for table in (
        "api_keys",
        "platforms",
        "queued_roles",
        "role_platforms",
        "sessions",
        "platform_runs",
        "batches",
    ):
        secure(op, SCHEMA, table, Kind.PLATFORM)


def _create_keys_and_platforms() -> None:
    op.create_table(
        "api_keys",
        _id("api_key_id"),
        _text("name"),
        _texts("platforms"),
        _text("prefix"),
        _bytes("secret_sha256"),
        _time("create_time"),
        _time("last_used_time", nullable=True),
        _time("revoke_time", nullable=True),
        sa.PrimaryKeyConstraint("api_key_id", name="pk_api_keys"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_api_keys_name",
        "api_keys",
        ["name"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("revoke_time IS NULL"),
    )
    op.create_index("uq_api_keys_secret_sha256", "api_keys", ["secret_sha256"], unique=True, schema=SCHEMA)
    op.create_table(
        "platforms",
        _text("name"),
        _text("display_name"),
        sa.Column("enabled", sa.Boolean, nullable=False),
        _count("priority"),
        _big("version"),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("name", name="pk_platforms"),
        schema=SCHEMA,
    )


def _create_queue() -> None:
    op.create_table(
        "queued_roles",
        _id("role_id"),
        _text("name"),
        _texts("aliases"),
        _count("candidate_count"),
        _state("approval"),
        _state("priority"),
        _big("version"),
        _big("writes"),
        _time("last_scrape_time", nullable=True),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("role_id", name="pk_queued_roles"),
        schema=SCHEMA,
    )
    op.create_index("ix_queued_roles_name_role_id", "queued_roles", ["name", "role_id"], schema=SCHEMA)
    op.create_index(
        "ix_queued_roles_claim_order",
        "queued_roles",
        [
            sa.text("priority DESC"),
            sa.text("last_scrape_time NULLS FIRST"),
            sa.text("candidate_count DESC"),
            "role_id",
        ],
        schema=SCHEMA,
        postgresql_where=sa.text("approval = 2"),
    )
    op.create_table(
        "role_platforms",
        _id("role_id"),
        _text("platform"),
        _id("held_by", nullable=True),
        _time("not_before"),
        _count("failures"),
        sa.PrimaryKeyConstraint("role_id", "platform", name="pk_role_platforms"),
        _foreign("role_platforms", "role_id", "queued_roles"),
        _foreign("role_platforms", "platform", "platforms", "name"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_role_platforms_held_by",
        "role_platforms",
        ["held_by"],
        schema=SCHEMA,
        postgresql_where=sa.text("held_by IS NOT NULL"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _id("session_id"),
        _id("claim_id"),
        _id("api_key_id"),
        _text("host_name"),
        _id("role_id"),
        _text("role_name"),
        _texts("aliases"),
        _texts("platforms"),
        _big("fencing_token"),
        _big("last_sequence"),
        _state("state"),
        _time("create_time"),
        _time("last_seen_time"),
        _time("end_time", nullable=True),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        sa.UniqueConstraint("api_key_id", "claim_id", name="uq_sessions_api_key_id_claim_id"),
        _foreign("sessions", "api_key_id", "api_keys"),
        _foreign("sessions", "role_id", "queued_roles"),
        schema=SCHEMA,
    )
    op.create_index("ix_sessions_create_time_session_id", "sessions", ["create_time", "session_id"], schema=SCHEMA)
    op.create_index(
        "ix_sessions_open",
        "sessions",
        ["api_key_id", "host_name"],
        schema=SCHEMA,
        postgresql_where=sa.text("end_time IS NULL"),
    )
    op.create_table(
        "platform_runs",
        _id("session_id"),
        _text("platform"),
        _state("state"),
        _state("failure_reason"),
        _text("message"),
        _time("report_time", nullable=True),
        sa.PrimaryKeyConstraint("session_id", "platform", name="pk_platform_runs"),
        _foreign("platform_runs", "session_id", "sessions"),
        schema=SCHEMA,
    )


def _create_batches() -> None:
    op.create_table(
        "batches",
        _id("batch_id"),
        _id("session_id"),
        _big("sequence"),
        _id("role_id"),
        _text("platform"),
        _bytes("payload", nullable=True),
        _bytes("sha256"),
        _bytes("acknowledgement"),
        _count("received"),
        _count("accepted"),
        _state("state"),
        _count("new"),
        _count("refreshed"),
        _count("duplicate"),
        _count("rejected"),
        _text("failure"),
        _time("create_time"),
        _time("settle_time", nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name="pk_batches"),
        sa.UniqueConstraint("session_id", "sequence", name="uq_batches_session_id_sequence"),
        _foreign("batches", "session_id", "sessions"),
        schema=SCHEMA,
    )
    # A payload is written once, read once and dropped: compressing it would cost more than the room it takes.
    op.execute(f"ALTER TABLE {SCHEMA}.batches ALTER COLUMN payload SET STORAGE EXTERNAL")
    op.create_index(
        "ix_batches_waiting",
        "batches",
        ["session_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_batches_payload_due",
        "batches",
        ["create_time"],
        schema=SCHEMA,
        postgresql_where=sa.text("payload IS NOT NULL AND state <> 1"),
    )
