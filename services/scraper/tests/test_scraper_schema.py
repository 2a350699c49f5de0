"""Migrations that agree with the models, and tables that belong to no tenant."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from blacklight_scraper.app import APP
from blacklight_servicekit.tables import Kind
from sqlalchemy import create_engine


def test_has_migrations_that_make_what_the_models_say(database_urls: Any) -> None:
    # As superuser: for the owner `scraper` is the default schema, which alembic would not name.
    engine = create_engine(database_urls(APP).admin.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        options: dict[str, Any] = {
            "include_schemas": True,
            "compare_type": True,
            "version_table_schema": "scraper",
            "include_name": lambda name, kind, _: kind != "schema" or name == "scraper",
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, APP.base.metadata) == []
    engine.dispose()


def test_keeps_no_table_of_a_tenant_of_its_own() -> None:
    kit = {"outbox", "audit_log", "request_log"}
    own = {name: table for name, table in APP.base.metadata.tables.items() if table.name not in kit}
    assert own
    assert {table.info["kind"] for table in own.values()} == {Kind.PLATFORM}
