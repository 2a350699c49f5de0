"""Targets, sweeps, hosts, credentials, submissions, alarms and events; more about what there was."""

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0002"
down_revision = "0001"

SCHEMA = "scraper"


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=default)


def _texts(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default=default)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _count(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def _big(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def _state(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default=default)


def _flag(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=default)


def _add(table: str, *columns: sa.Column[object]) -> None:
    """Columns with a default for the rows that are there; later rows say each value themselves."""
    for column in columns:
        op.add_column(table, column, schema=SCHEMA)
        if column.server_default is not None:
            op.alter_column(table, column.name, server_default=None, schema=SCHEMA)


def _foreign(table: str, column: str, target: str, target_column: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{target}.{target_column or column}"], name=f"fk_{table}_{column}"
    )


def upgrade() -> None:
    _extend_keys_and_platforms()
    _create_targets()
    _extend_sessions()
    _extend_batches()
    _create_hosts()
    _create_credentials()
    _create_alarms_and_events()
    for table in (
        "queue_targets",
        "sweeps",
        "hosts",
        "credentials",
        "submissions",
        "alarms",
        "alarm_watch",
        "fleet_events",
    ):
        secure(op, SCHEMA, table, Kind.PLATFORM)


def _extend_keys_and_platforms() -> None:
    _add(
        "api_keys",
        _text("description", ""),
        _count("rate_limit_per_minute", "600"),
        _time("expire_time", nullable=True),
        _time("pause_time", nullable=True),
        _text("created_by", ""),
        _text("revoked_by", ""),
        _big("usage_count", "0"),
        sa.Column("previous_secret_sha256", sa.LargeBinary, nullable=True),
        _time("previous_secret_expire_time", nullable=True),
        _big("version", "1"),
    )
    op.create_index(
        "uq_api_keys_previous_secret_sha256",
        "api_keys",
        ["previous_secret_sha256"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("previous_secret_sha256 IS NOT NULL"),
    )
    _add(
        "platforms",
        _text("base_url", ""),
        _text("description", ""),
        _count("cadence_minutes", "20"),
        _count("max_in_flight", "1"),
        _state("login", "1"),
        _text("session_cookie", ""),
        _flag("paused", "false"),
        _text("pause_reason", ""),
    )


def _create_targets() -> None:
    """A role's own target has the role's id, and neither place nor query; none of the key may be null (F-11)."""
    op.create_table(
        "queue_targets",
        _id("target_id"),
        _id("role_id"),
        _text("location"),
        _text("candidate_query"),
        _state("approval"),
        _state("priority"),
        _count("candidate_count"),
        _flag("paused"),
        _flag("demanded"),
        _time("last_try_time", nullable=True),
        _time("last_scrape_time", nullable=True),
        _time("delete_time", nullable=True),
        _big("writes"),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("target_id", name="pk_queue_targets"),
        sa.UniqueConstraint(
            "role_id", "location", "candidate_query", name="uq_queue_targets_role_id_location_candidate_query"
        ),
        _foreign("queue_targets", "role_id", "queued_roles"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_queue_targets_claim_order",
        "queue_targets",
        [
            sa.text("priority DESC"),
            sa.text("last_try_time NULLS FIRST"),
            sa.text("candidate_count DESC"),
            "target_id",
        ],
        schema=SCHEMA,
        postgresql_where=sa.text("approval = 2 AND NOT paused AND delete_time IS NULL"),
    )
    op.execute(
        f"INSERT INTO {SCHEMA}.queue_targets (target_id, role_id, location, candidate_query, approval, priority,"
        " candidate_count, paused, demanded, last_try_time, last_scrape_time, writes, create_time, update_time)"
        " SELECT role_id, role_id, '', '', approval, priority, candidate_count, false, true, last_scrape_time,"
        " last_scrape_time, 1,"
        f" create_time, update_time FROM {SCHEMA}.queued_roles"
    )
    op.drop_index("ix_queued_roles_claim_order", "queued_roles", schema=SCHEMA)
    op.drop_column("queued_roles", "priority", schema=SCHEMA)
    op.drop_column("queued_roles", "last_scrape_time", schema=SCHEMA)
    op.rename_table("role_platforms", "target_platforms", schema=SCHEMA)
    table = f"{SCHEMA}.target_platforms"
    op.execute(f"ALTER TABLE {table} RENAME COLUMN role_id TO target_id")
    op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT pk_role_platforms TO pk_target_platforms")
    op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT fk_role_platforms_platform TO fk_target_platforms_platform")
    op.execute(f"ALTER INDEX {SCHEMA}.ix_role_platforms_held_by RENAME TO ix_target_platforms_held_by")
    op.drop_constraint("fk_role_platforms_role_id", "target_platforms", schema=SCHEMA)
    op.create_foreign_key(
        "fk_target_platforms_target_id",
        "target_platforms",
        "queue_targets",
        ["target_id"],
        ["target_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    _add("queued_roles", _flag("paused", "false"))
    op.create_table(
        "sweeps",
        _id("sweep_id"),
        _id("target_id"),
        _time("create_time"),
        _time("end_time", nullable=True),
        sa.PrimaryKeyConstraint("sweep_id", name="pk_sweeps"),
        _foreign("sweeps", "target_id", "queue_targets"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_sweeps_open",
        "sweeps",
        ["target_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("end_time IS NULL"),
    )


def _extend_sessions() -> None:
    _add(
        "sessions",
        _id("target_id", nullable=True),
        _id("sweep_id", nullable=True),
        _count("claim_index", "0"),
        _count("candidate_count", "0"),
        _text("location", ""),
        _text("candidate_query", ""),
        _state("transport", "1"),
        _count("liveness_seconds", "600"),
        _flag("paused", "false"),
        _flag("touched", "false"),
        _text("end_reason", ""),
    )
    op.execute(f"UPDATE {SCHEMA}.sessions SET target_id = role_id")
    op.alter_column("sessions", "target_id", nullable=False, schema=SCHEMA)
    op.create_foreign_key(
        "fk_sessions_target_id",
        "sessions",
        "queue_targets",
        ["target_id"],
        ["target_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "fk_sessions_sweep_id",
        "sessions",
        "sweeps",
        ["sweep_id"],
        ["sweep_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.drop_constraint("uq_sessions_api_key_id_claim_id", "sessions", schema=SCHEMA)
    op.create_unique_constraint(
        "uq_sessions_api_key_id_claim_id_claim_index",
        "sessions",
        ["api_key_id", "claim_id", "claim_index"],
        schema=SCHEMA,
    )
    op.create_index("ix_sessions_sweep_id", "sessions", ["sweep_id"], schema=SCHEMA)
    op.create_index(
        "ix_platform_runs_platform_report_time",
        "platform_runs",
        ["platform", sa.text("report_time DESC")],
        schema=SCHEMA,
        postgresql_where=sa.text("report_time IS NOT NULL"),
    )
    op.create_index(
        "ix_platform_runs_pending",
        "platform_runs",
        ["platform", "session_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 1"),
    )


def _extend_batches() -> None:
    """`fills`: of the postings received, how many hold each field, in the order of the code's list of fields."""
    _add(
        "batches",
        sa.Column("results", sa.LargeBinary, nullable=True),
        sa.Column("fills", ARRAY(sa.SmallInteger), nullable=True),
        _count("retries", "0"),
        _id("submission_id", nullable=True),
    )
    op.create_index("ix_batches_create_time_batch_id", "batches", ["create_time", "batch_id"], schema=SCHEMA)
    op.create_index(
        "ix_batches_failed", "batches", ["settle_time"], schema=SCHEMA, postgresql_where=sa.text("state = 3")
    )
    op.create_table(
        "submissions",
        _id("submission_id"),
        _id("session_id"),
        _text("platform"),
        _text("submission_key"),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        _time("create_time"),
        sa.PrimaryKeyConstraint("submission_id", name="pk_submissions"),
        sa.UniqueConstraint(
            "session_id", "platform", "submission_key", name="uq_submissions_session_id_platform_submission_key"
        ),
        _foreign("submissions", "session_id", "sessions"),
        schema=SCHEMA,
    )


def _create_hosts() -> None:
    op.create_table(
        "hosts",
        _id("host_id"),
        _id("api_key_id"),
        _text("host_name"),
        _text("agent_version"),
        _count("protocol"),
        _texts("capabilities"),
        _state("state"),
        _text("state_reason"),
        _id("stream_id", nullable=True),
        _time("connect_time", nullable=True),
        _time("last_seen_time"),
        _time("create_time"),
        sa.PrimaryKeyConstraint("host_id", name="pk_hosts"),
        sa.UniqueConstraint("api_key_id", "host_name", name="uq_hosts_api_key_id_host_name"),
        _foreign("hosts", "api_key_id", "api_keys"),
        schema=SCHEMA,
    )
    op.create_index("ix_hosts_host_name_host_id", "hosts", ["host_name", "host_id"], schema=SCHEMA)


def _create_credentials() -> None:
    op.create_table(
        "credentials",
        _id("credential_id"),
        _text("platform"),
        _text("name"),
        _text("profile_key"),
        _text("notes"),
        sa.Column("secret", sa.LargeBinary, nullable=True),
        _flag("has_proxy"),
        _state("state"),
        _count("failure_count"),
        _count("reap_count"),
        _big("success_count"),
        _time("last_success_time", nullable=True),
        _time("last_failure_time", nullable=True),
        _state("last_failure_reason"),
        _text("last_failure_message"),
        _time("cooldown_end_time", nullable=True),
        _id("lease_token", nullable=True),
        _id("lease_api_key_id", nullable=True),
        _id("lease_session_id", nullable=True),
        _time("lease_start_time", nullable=True),
        _time("lease_heartbeat_time", nullable=True),
        _time("lease_expire_time", nullable=True),
        _flag("lease_fetched"),
        _time("delete_time", nullable=True),
        _big("version"),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("credential_id", name="pk_credentials"),
        _foreign("credentials", "platform", "platforms", "name"),
        _foreign("credentials", "lease_api_key_id", "api_keys", "api_key_id"),
        _foreign("credentials", "lease_session_id", "sessions", "session_id"),
        sa.CheckConstraint("(state = 2) = (lease_token IS NOT NULL)", name="ck_credentials_lease"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_credentials_platform_name",
        "credentials",
        ["platform", "name"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("delete_time IS NULL"),
    )
    op.create_index(
        "ix_credentials_lease_order",
        "credentials",
        ["platform", "failure_count", sa.text("last_success_time NULLS FIRST"), "credential_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("delete_time IS NULL"),
    )
    op.create_index(
        "ix_credentials_lease_session_id",
        "credentials",
        ["lease_session_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("lease_session_id IS NOT NULL"),
    )


def _create_alarms_and_events() -> None:
    op.create_table(
        "alarms",
        _id("alarm_id"),
        _state("kind"),
        _text("platform"),
        _text("field"),
        _text("host_id"),
        sa.Column("observed", sa.Double, nullable=False),
        sa.Column("expected", sa.Double, nullable=False),
        _count("runs"),
        _text("message"),
        _time("raise_time"),
        _time("last_seen_time"),
        _time("clear_time", nullable=True),
        _time("acknowledge_time", nullable=True),
        _text("acknowledged_by"),
        sa.PrimaryKeyConstraint("alarm_id", name="pk_alarms"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_alarms_open",
        "alarms",
        ["kind", "platform", "field", "host_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("clear_time IS NULL"),
    )
    op.create_index("ix_alarms_raise_time_alarm_id", "alarms", ["raise_time", "alarm_id"], schema=SCHEMA)
    op.create_table(
        "alarm_watch",
        sa.Column("watch_id", sa.SmallInteger, nullable=False, autoincrement=False),
        _time("begin_time"),
        _time("end_time", nullable=True),
        _text("failure"),
        sa.PrimaryKeyConstraint("watch_id", name="pk_alarm_watch"),
        schema=SCHEMA,
    )
    op.create_table(
        "fleet_events",
        sa.Column("event_id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BigInteger,
            nullable=False,
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
        ),
        _time("event_time"),
        _text("kind"),
        _id("session_id", nullable=True),
        _text("platform"),
        _id("api_key_id", nullable=True),
        _text("host_name"),
        sa.Column("detail", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_fleet_events"),
        schema=SCHEMA,
    )
    op.create_index("ix_fleet_events_event_time", "fleet_events", ["event_time"], schema=SCHEMA)
    op.create_index(
        "ix_fleet_events_transaction_id_event_id", "fleet_events", ["transaction_id", "event_id"], schema=SCHEMA
    )
    op.create_index(
        "ix_fleet_events_session_id",
        "fleet_events",
        ["session_id", "event_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    # One notification a statement wakes whoever watches; it reads the rows itself.
    op.execute(
        f"CREATE FUNCTION {SCHEMA}.notify_fleet() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_notify('fleet_scraper', ''); RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER notify_fleet AFTER INSERT ON {SCHEMA}.fleet_events"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.notify_fleet()"
    )
