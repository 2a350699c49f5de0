"""The tables that the models describe are the tables that the migrations make."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from blacklight_matching.app import APP
from sqlalchemy import create_engine


def test_models_and_migrations_agree(database_urls):
    engine = create_engine(database_urls(APP).owner.replace("postgresql://", "postgresql+psycopg2://", 1))
    with engine.connect() as connection:
        # With the schema out of the search path its tables are known by their full names.
        connection.exec_driver_sql("SET search_path = public")
        connection.dialect.default_schema_name = "public"
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "matching",
                "compare_type": True,
                "compare_server_default": True,
                "version_table_schema": "matching",
            },
        )
        differences = compare_metadata(context, APP.base.metadata)
    engine.dispose()
    assert differences == []
