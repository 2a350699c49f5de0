"""For the migrations of the services: their environment, the kit's tables, and the walls of each table."""

from __future__ import annotations

from typing import Literal, Protocol

from alembic import context
from sqlalchemy import MetaData, create_engine, pool

from blacklight_servicekit.tables import Kind, schema_metadata

Rights = Literal["none", "read", "write"]
CURRENT_TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
READ = "SELECT"
WRITE = "SELECT, INSERT, UPDATE, DELETE"


class Operations(Protocol):
    """What is used of alembic's `op`."""

    def execute(self, sqltext: str, /) -> None:
        """Runs one statement."""

    def get_bind(self) -> object:
        """The connection of the migration."""


def run() -> None:
    """Runs migrations in the service's own schema, as its owner; called by each `migrations/env.py`."""
    schema: str = context.config.attributes["schema"]
    metadata: MetaData = context.config.attributes["metadata"]
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=schema,
            include_schemas=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def create_kit_tables(op: Operations, schema: str) -> None:
    """Creates outbox, audit log and request log, walled."""
    metadata = schema_metadata(schema)
    metadata.create_all(op.get_bind())  # type: ignore[arg-type]
    secure(op, schema, "outbox", Kind.DELIVERY)
    secure(op, schema, "audit_log", Kind.TENANT, platform="write")
    secure(op, schema, "request_log", Kind.TENANT, platform="write")


def secure(
    op: Operations, schema: str, table: str, kind: Kind, *, platform: Rights = "none", app: Rights = "write"
) -> None:
    """Grants and policies of one table, by its kind.

    `platform` is what the platform role may do with it (a PLATFORM table is always written by it), `app` what the
    app role may do; of a PLATFORM table the app role only reads unless `app="write"` is said for a table of it.
    """
    name = f'"{schema}"."{table}"'
    if kind is Kind.PLATFORM:
        op.execute(f"GRANT {WRITE} ON {name} TO {schema}_platform")
        op.execute(f"GRANT {READ} ON {name} TO {schema}_app")
        return
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    # FORCE binds the owner as well; migrations of data need to see every row.
    op.execute(f"CREATE POLICY owner_all ON {name} TO {schema}_owner USING (true) WITH CHECK (true)")
    if kind is Kind.DELIVERY:
        op.execute(f"GRANT INSERT ON {name} TO {schema}_app")
        op.execute(
            f"CREATE POLICY app_add ON {name} FOR INSERT TO {schema}_app WITH CHECK (tenant_id = {CURRENT_TENANT})"
        )
        _platform_policy(op, schema, name, "write")
        return
    own = f"tenant_id = {CURRENT_TENANT}"
    if app != "none":
        op.execute(f"GRANT {WRITE if app == 'write' else READ} ON {name} TO {schema}_app")
        seen = own if kind is Kind.TENANT else f"(tenant_id IS NULL OR {own})"
        op.execute(f"CREATE POLICY app_read ON {name} FOR SELECT TO {schema}_app USING ({seen})")
    if app == "write":
        op.execute(f"CREATE POLICY app_add ON {name} FOR INSERT TO {schema}_app WITH CHECK ({own})")
        op.execute(f"CREATE POLICY app_change ON {name} FOR UPDATE TO {schema}_app USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY app_remove ON {name} FOR DELETE TO {schema}_app USING ({own})")
    _platform_policy(op, schema, name, "write" if kind is Kind.MIXED and platform == "none" else platform)


def _platform_policy(op: Operations, schema: str, name: str, rights: Rights) -> None:
    if rights == "none":
        return
    role = f"{schema}_platform"
    op.execute(f"GRANT {WRITE if rights == 'write' else READ} ON {name} TO {role}")
    if rights == "read":
        op.execute(f"CREATE POLICY platform_read ON {name} FOR SELECT TO {role} USING (true)")
    else:
        op.execute(f"CREATE POLICY platform_all ON {name} TO {role} USING (true) WITH CHECK (true)")
