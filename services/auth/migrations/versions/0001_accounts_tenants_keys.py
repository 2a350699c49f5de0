"""Tenants, accounts, users, administrators, sessions and signing keys."""

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import create_kit_tables, secure
from blacklight_servicekit.tables import Kind

revision = "0001"
down_revision = None

SCHEMA = "auth"


def _id(name: str = "id") -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    create_kit_tables(op, SCHEMA)
    _create_tenants()
    _create_accounts()
    _create_people()
    _create_sessions()
    _create_signing_keys()


def _create_tenants() -> None:
    op.create_table(
        "tenants",
        _id(),
        _text("name"),
        _text("slug"),
        _text("company_email"),
        _text("state"),
        sa.Column("version", sa.Integer, nullable=False),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("slug", name="uq_tenants_slug"),
        sa.CheckConstraint("state IN ('ACTIVE', 'SUSPENDED')", name=op.f("ck_tenants_state")),
        schema=SCHEMA,
    )
    op.create_index("uq_tenants_name", "tenants", [sa.text("lower(name)")], unique=True, schema=SCHEMA)
    op.create_index("ix_tenants_name_id", "tenants", ["name", "id"], schema=SCHEMA)
    secure(op, SCHEMA, "tenants", Kind.PLATFORM)


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        _id(),
        sa.Column("tenant_id", sa.Uuid),
        _text("email"),
        _text("password_hash", nullable=True),
        sa.Column("failed_sign_ins", sa.Integer, nullable=False),
        _time("locked_until", nullable=True),
        _time("sign_in_time", nullable=True),
        _time("create_time"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("tenant_id", "id", "email", name="uq_accounts_tenant_id_id_email"),
        sa.ForeignKeyConstraint(["tenant_id"], ["auth.tenants.id"], name="fk_accounts_tenant_id"),
        schema=SCHEMA,
    )
    # Not per tenant on purpose: a sign-in names no tenant, so an address is one account on the whole platform.
    op.create_index("uq_accounts_email", "accounts", [sa.text("lower(email)")], unique=True, schema=SCHEMA)
    secure(op, SCHEMA, "accounts", Kind.TENANT, platform="write")
    op.create_table(
        "set_password_tokens",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        _id("account_id"),
        sa.Column("tenant_id", sa.Uuid),
        _time("expire_time"),
        _time("create_time"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_set_password_tokens"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["auth.accounts.id"], name="fk_set_password_tokens_account_id", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_set_password_tokens_account_id", "set_password_tokens", ["account_id"], schema=SCHEMA)
    secure(op, SCHEMA, "set_password_tokens", Kind.TENANT, platform="write")


def _create_people() -> None:
    op.create_table(
        "users",
        _id(),
        _id("tenant_id"),
        _text("email"),
        _text("given_name"),
        _text("family_name"),
        _text("system_role"),
        _text("state"),
        sa.Column("version", sa.Integer, nullable=False),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id", "email"],
            ["auth.accounts.tenant_id", "auth.accounts.id", "auth.accounts.email"],
            name="fk_users_tenant_id_id_email",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("state IN ('INVITED', 'ACTIVE', 'DEACTIVATED')", name=op.f("ck_users_state")),
        schema=SCHEMA,
    )
    op.create_index("uq_users_tenant_id_email", "users", ["tenant_id", "email"], unique=True, schema=SCHEMA)
    secure(op, SCHEMA, "users", Kind.TENANT, platform="write")
    op.create_table(
        "platform_admins",
        _id(),
        _text("state"),
        _time("create_time"),
        _time("update_time"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_admins"),
        sa.ForeignKeyConstraint(["id"], ["auth.accounts.id"], name="fk_platform_admins_id", ondelete="CASCADE"),
        sa.CheckConstraint("state IN ('ACTIVE', 'DEACTIVATED')", name=op.f("ck_platform_admins_state")),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "platform_admins", Kind.PLATFORM)


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _id(),
        _id("account_id"),
        sa.Column("tenant_id", sa.Uuid),
        _time("expire_time"),
        _time("revoke_time", nullable=True),
        _text("revoke_reason", nullable=True),
        _time("create_time"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["auth.accounts.id"], name="fk_sessions_account_id", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], schema=SCHEMA)
    secure(op, SCHEMA, "sessions", Kind.TENANT, platform="write")
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        _id("session_id"),
        sa.Column("tenant_id", sa.Uuid),
        _time("expire_time"),
        _time("used_time", nullable=True),
        _time("create_time"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["auth.sessions.id"], name="fk_refresh_tokens_session_id", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"], schema=SCHEMA)
    secure(op, SCHEMA, "refresh_tokens", Kind.TENANT, platform="write", app="none")


def _create_signing_keys() -> None:
    op.create_table(
        "signing_keys",
        _text("kid"),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary, nullable=False),
        _time("sign_time"),
        _time("retire_time", nullable=True),
        _time("create_time"),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "signing_keys", Kind.PLATFORM)
