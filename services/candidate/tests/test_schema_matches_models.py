"""The migrated database is what the models say, to the names of indexes."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from blacklight_candidate.app import APP
from blacklight_candidate.tables import SCHEMA
from sqlalchemy import create_engine, inspect


def test_migrations_make_what_the_models_say(database_urls: Any) -> None:
    url = database_urls(APP).owner.replace("postgresql://", "postgresql+psycopg2://", 1)
    # The role's own search path would make ours the default schema, whose name reflection leaves out.
    engine = create_engine(url, connect_args={"options": "-c search_path=public"})
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, parents: kind != "schema" or name == SCHEMA,
        "version_table_schema": SCHEMA,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, APP.base.metadata) == []
        for table in APP.base.metadata.sorted_tables:
            checks = {check["name"] for check in inspect(connection).get_check_constraints(table.name, SCHEMA)}
            assert checks == {
                check.name for check in table.constraints if check.__visit_name__.endswith("check_constraint")
            }
    engine.dispose()
