"""Makes a service's database roles and schema, as a superuser, once; running it again changes nothing.

`--print` shows the statements for a database administrator instead of running them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from sqlalchemy.engine import URL, make_url

from blacklight_servicekit.settings import BootstrapSettings

EXTENSIONS = ("vector", "pg_trgm", "btree_gin", "unaccent", "citext")
# Below a row-security policy only LEAKPROOF operators may use an index (PostgreSQL, "Row Security Policies");
# these are what text search, substring, array and jsonb look-ups need. They reveal nothing of a row by error.
LEAKPROOF = {
    "ts_match_vq(tsvector, tsquery)": "full-text search",
    "texticlike(text, text)": "substring search in any case",
    "textlike(text, text)": "substring search",
    "arraycontains(anyarray, anyarray)": "array contains",
    "arrayoverlap(anyarray, anyarray)": "array overlaps",
    "jsonb_contains(jsonb, jsonb)": "jsonb contains",
    "lower(text)": "look-up in any case",
}


_LOCK = "SELECT pg_advisory_lock(hashtext('blacklight bootstrap'))"


@dataclass(frozen=True)
class Step:
    """A statement, and what stays slow where the server refuses it (only for optional ones)."""

    statement: sql.Composable
    optional: str = ""


def libpq(url: URL) -> dict[str, Any]:
    """Arguments of psycopg2 for an SQLAlchemy URL."""
    parts: dict[str, Any] = {"user": url.username, "password": url.password, "port": url.port}
    parts |= {"host": url.host or url.query.get("host"), "dbname": url.database}
    return {name: value for name, value in parts.items() if value is not None}


def _role(name: str, password: str | None) -> list[Step]:
    role = sql.Identifier(name)
    create = sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN"
        " CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; END IF; END $$"
    ).format(literal=sql.Literal(name), role=role)
    steps = [Step(create)]
    if password:
        steps.append(Step(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password))))
    return steps


def _passwords(settings: BootstrapSettings) -> list[str | None]:
    """The passwords of owner, app and platform, as far as their URLs have any."""
    urls = (settings.owner_database_url, settings.app_database_url, settings.platform_database_url)
    return [make_url(url.get_secret_value()).password for url in urls]


def _steps(service: str, passwords: Sequence[str | None], database: str) -> list[Step]:
    owner, app, platform = (f"{service}_{part}" for part in ("owner", "app", "platform"))
    steps = [step for name, word in zip((owner, app, platform), passwords, strict=True) for step in _role(name, word)]
    names = {
        "schema": sql.Identifier(service),
        "owner": sql.Identifier(owner),
        "app": sql.Identifier(app),
        "platform": sql.Identifier(platform),
        "database": sql.Identifier(database),
    }
    for text in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {owner}, {app}, {platform}",
        "GRANT TEMPORARY ON DATABASE {database} TO {app}, {platform}",
        "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}",
        "GRANT USAGE ON SCHEMA {schema} TO {app}, {platform}",
        "ALTER ROLE {owner} SET search_path = {schema}, public",
        "ALTER ROLE {app} SET search_path = {schema}, public",
        "ALTER ROLE {platform} SET search_path = {schema}, public",
    ):
        steps.append(Step(sql.SQL(text).format(**names)))
    for extension in EXTENSIONS:
        steps.append(Step(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(extension))))
    for function, use in LEAKPROOF.items():
        steps.append(Step(sql.SQL("ALTER FUNCTION pg_catalog.{} LEAKPROOF").format(sql.SQL(function)), optional=use))
    return steps


def _ensure_database(admin: URL, database: str) -> None:
    """Creates the database where it is missing; one bootstrap at a time, as CREATE DATABASE knows no IF NOT EXISTS."""
    connection = psycopg2.connect(**libpq(admin))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    finally:
        connection.close()


def run(service: str, settings: BootstrapSettings) -> list[str]:
    """Runs every step. Returns which searches stay linear because the server refused to mark a function.

    Services bootstrap at the same time: an advisory lock lets one at a time change the shared catalogue.
    """
    admin = make_url(settings.admin_database_url.get_secret_value())
    database = make_url(settings.owner_database_url.get_secret_value()).database or "blacklight"
    _ensure_database(admin, database)
    connection = psycopg2.connect(**libpq(admin.set(database=database)))
    connection.autocommit = True
    linear = []
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
            for step in _steps(service, _passwords(settings), database):
                try:
                    cursor.execute(step.statement)
                except psycopg2.errors.InsufficientPrivilege:
                    if not step.optional:
                        raise
                    linear.append(step.optional)
    finally:
        connection.close()
    return linear


def printed(service: str, settings: BootstrapSettings) -> str:
    """The statements as text, for a database administrator to run; passwords are left out."""
    database = make_url(settings.owner_database_url.get_secret_value()).database or "blacklight"
    steps = _steps(service, [None, None, None], database)
    return "".join(_text(step.statement) + ";\n" for step in steps)


def _text(statement: sql.Composable) -> str:
    """A statement as text without a connection: every part here is a plain name or word."""
    if isinstance(statement, sql.Composed):
        return "".join(_text(part) for part in statement.seq)
    if isinstance(statement, sql.Identifier):
        return ".".join('"' + name.replace('"', '""') + '"' for name in statement.strings)
    if isinstance(statement, sql.Literal):
        return "'" + str(statement.wrapped).replace("'", "''") + "'"
    assert isinstance(statement, sql.SQL)
    return str(statement.string)
