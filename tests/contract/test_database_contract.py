"""Each service's database as its models say: kinds of table, walls, keys, and no difference from the migrations."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from blacklight_servicekit.tables import Kind
from sqlalchemy import DateTime, Table, create_engine
from sqlalchemy.engine import make_url

SERVICES = ("auth", "candidate", "matching", "scraper")
WALLED = (Kind.TENANT, Kind.MIXED, Kind.DELIVERY)
ALEMBIC = "alembic_version"

GLOBAL_KEYS: dict[str, str] = {
    "auth.accounts (expression)": "a sign-in names no tenant: an address is one account on the whole platform",
    "auth.set_password_tokens token_hash": "the hash of a random secret, by which its holder is found",
    "auth.refresh_tokens token_hash": "the hash of a random secret, by which its holder is found",
    "matching.posting_roles posting_id, role_id": "belongs to its posting, whose id is of our own making",
    "matching.posting_sources source_id": "numbered by the database",
    "* audit_log sequence": "one sequence for the service, in which a gap shows",
    "* request_log id": "numbered by the database",
}
"""Unique keys that need not begin with tenant_id, besides single UUIDs of our own making, which no caller chooses."""

NO_TENANT_ALSO: dict[str, str] = {
    "auth.accounts": "administrators of the platform sign in as well, and belong to no tenant",
    "auth.set_password_tokens": "as accounts",
    "auth.sessions": "as accounts",
    "matching.runs": "long runs over all tenants are seen by administrators of the platform alone",
    "auth.refresh_tokens": "as accounts",
    "* audit_log": "what the platform does is recorded as well",
    "* request_log": "so are its requests",
}
"""Tenant tables with rows of no tenant, which no tenant sees."""


class Schema:
    """A service's schema: what its models say, and what the catalogue holds."""

    def __init__(self, service: str, admin_url: str) -> None:
        self.service = service
        self.app = importlib.import_module(f"blacklight_{service}.app").APP
        self.metadata = self.app.base.metadata
        self.admin_url = admin_url
        parts = make_url(admin_url)
        self._arguments = {"host": parts.query["host"], "user": parts.username, "dbname": parts.database}

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query of the catalogue."""
        with closing(psycopg2.connect(**self._arguments)) as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def tables(self, *kinds: Kind) -> list[Table]:
        """The tables of these kinds."""
        return [table for table in self.metadata.sorted_tables if table.info.get("kind") in (kinds or tuple(Kind))]


@pytest.fixture(scope="module", params=SERVICES)
def schema(request: Any, databases: Any) -> Iterator[Schema]:
    """Each service's schema, freshly migrated."""
    app = importlib.import_module(f"blacklight_{request.param}.app").APP
    urls = databases.create(app)
    yield Schema(request.param, urls.admin)
    databases.drop(urls)


def test_every_table_names_its_kind(schema: Schema) -> None:
    unnamed = [table.name for table in schema.metadata.sorted_tables if not isinstance(table.info.get("kind"), Kind)]
    assert unnamed == []


def test_the_database_has_exactly_the_tables_of_the_models(schema: Schema) -> None:
    found = schema.rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", schema.service)
    assert {name for (name,) in found} - {ALEMBIC} == {table.name for table in schema.metadata.sorted_tables}


def test_the_models_equal_the_migrated_schema(schema: Schema) -> None:
    engine = create_engine(schema.admin_url.replace("postgresql://", "postgresql+psycopg2://", 1))
    own = {table.name for table in schema.metadata.sorted_tables}

    def ours(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema":
            return name == schema.service
        return kind != "table" or name in own

    try:
        with engine.connect() as connection:
            options = {
                "include_schemas": True,
                "include_name": ours,
                "compare_type": True,
                "compare_server_default": True,
            }
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, schema.metadata) == []
    finally:
        engine.dispose()


def test_row_security_is_forced_exactly_on_walled_tables(schema: Schema) -> None:
    found = schema.rows(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') AND relname <> %s",
        schema.service,
        ALEMBIC,
    )
    walled = {table.name for table in schema.tables(*WALLED)}
    assert dict(found) == {table.name: table.name in walled for table in schema.tables()}


def test_the_policies_of_walled_tables_compare_the_tenant(schema: Schema) -> None:
    found = schema.rows(
        "SELECT tablename, roles::text, cmd, coalesce(qual, ''), coalesce(with_check, '') FROM pg_policies"
        " WHERE schemaname = %s",
        schema.service,
    )
    app = f"{{{schema.service}_app}}"
    by_app: dict[str, list[Any]] = {}
    for table, roles, command, qual, check in found:
        assert roles != "{public}", f"a policy of {table} is for everybody"
        if roles == app:
            by_app.setdefault(table, []).append((command, qual, check))
    for table in schema.tables(*WALLED):
        for command, qual, check in by_app.get(table.name, []):
            said = f"{qual} {check}"
            assert "current_setting('app.tenant_id'" in said, f"{table.name} {command}: {said}"
            shared = "tenant_id IS NULL" in said
            assert not shared or (table.info["kind"] is Kind.MIXED and command == "SELECT"), f"{table.name} {command}"
    readable = {table.name for table in schema.tables(Kind.TENANT, Kind.MIXED)} & set(by_app)
    for name in readable:
        assert any(command in ("SELECT", "ALL") for command, _, _ in by_app[name]), name


def test_the_app_role_is_granted_nothing_on_the_outbox_but_to_add(schema: Schema) -> None:
    found = schema.rows(
        "SELECT privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = %s AND table_name = 'outbox' AND grantee = %s",
        schema.service,
        f"{schema.service}_app",
    )
    assert found == [("INSERT",)]


def test_no_role_that_serves_escapes_row_security(schema: Schema) -> None:
    found = schema.rows(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE %s AND (rolsuper OR rolbypassrls OR rolcreaterole)",
        f"{schema.service}\\_%",
    )
    assert found == []
    owned = schema.rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = %s", schema.service)
    assert owned == [(f"{schema.service}_owner",)]


def _excused(schema: Schema, what: str, by: dict[str, str]) -> bool:
    return f"{schema.service}.{what}" in by or f"* {what}" in by


def test_unique_keys_of_tenant_tables_begin_with_the_tenant(schema: Schema) -> None:
    assert [
        f"{table} {', '.join(columns)}"
        for table, columns, _, types in _unique_keys(schema, Kind.TENANT)
        if columns[0] != "tenant_id"
        and types != ["uuid"]
        and not _excused(schema, f"{table} {', '.join(columns)}", GLOBAL_KEYS)
    ] == []


def test_unique_keys_of_mixed_tables_are_partial(schema: Schema) -> None:
    for table, columns, predicate, types in _unique_keys(schema, Kind.MIXED):
        if types == ["uuid"] or _excused(schema, f"{table} {', '.join(columns)}", GLOBAL_KEYS):
            continue
        shared = "tenant_id IS NULL" in predicate
        own = columns[0] == "tenant_id" and "tenant_id IS NOT NULL" in predicate
        assert shared or own, f"{table} {columns} {predicate}"


def _unique_keys(schema: Schema, kind: Kind) -> Iterator[tuple[str, list[str], str, list[str]]]:
    names = {table.name for table in schema.tables(kind)}
    found = schema.rows(
        "SELECT c.relname, array_agg(coalesce(a.attname, '(expression)') ORDER BY k.n),"
        " coalesce(pg_get_expr(i.indpred, i.indrelid), ''),"
        " array_agg(coalesce(format_type(a.atttypid, NULL), '') ORDER BY k.n)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k(attnum, n)"
        " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0"
        " WHERE i.indisunique AND c.relnamespace = %s::regnamespace"
        " GROUP BY i.indexrelid, c.relname, i.indpred, i.indrelid",
        schema.service,
    )
    for table, columns, predicate, types in found:
        if table in names:
            yield table, list(columns), predicate, list(types)


def test_walled_tables_have_a_tenant_that_is_null_only_where_it_may_be(schema: Schema) -> None:
    for table in schema.tables(Kind.TENANT, Kind.MIXED):
        assert "tenant_id" in table.columns, table.name
        may_be = table.info["kind"] is Kind.MIXED or _excused(schema, table.name, NO_TENANT_ALSO)
        assert table.columns["tenant_id"].nullable == may_be, table.name
    for table in schema.tables(Kind.PLATFORM):
        assert "tenant_id" not in table.columns, f"{table.name} has tenants; its kind says it has not"


def test_times_know_their_zone(schema: Schema) -> None:
    naive = [
        f"{table.name}.{column.name}"
        for table in schema.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, DateTime) and not column.type.timezone
    ]
    assert naive == []
    found = schema.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = %s AND data_type IN ('timestamp without time zone', 'time without time zone')",
        schema.service,
    )
    assert found == []
