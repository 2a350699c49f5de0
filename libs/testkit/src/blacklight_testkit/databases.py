"""Databases of a service for tests: clones of a template made by its own bootstrap and migrations."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import psycopg2
from blacklight_local.servers import PostgresServer
from blacklight_servicekit import bootstrap
from blacklight_servicekit.app import ServiceApp
from blacklight_servicekit.main import migrate
from blacklight_servicekit.settings import BootstrapSettings, MigrateSettings
from pydantic import SecretStr
from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class DatabaseUrls:
    """The URLs of one database: as superuser and as the three roles of a service."""

    admin: str
    owner: str
    app: str
    platform: str


class Databases:
    """Makes databases; each service's template is made once a session."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._templates: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def urls(self, service: str, database: str) -> DatabaseUrls:
        """The URLs of a database for a service."""
        return DatabaseUrls(
            self._server.url(database),
            *(self._server.url(database, f"{service}_{role}") for role in ("owner", "app", "platform")),
        )

    def create(self, app: ServiceApp) -> DatabaseUrls:  # type: ignore[type-arg]
        """A fresh, migrated database of the service."""
        if app.name not in self._templates:
            self._templates[app.name] = self._make_template(app)
        name = f"{app.name}_{next(self._numbers)}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{self._templates[app.name]}"')
        return self.urls(app.name, name)

    def drop(self, urls: DatabaseUrls) -> None:
        """Drops a database, whoever is still connected."""
        self._admin(f'DROP DATABASE IF EXISTS "{make_url(urls.admin).database}" WITH (FORCE)')

    def _make_template(self, app: ServiceApp) -> str:  # type: ignore[type-arg]
        name = f"template_{app.name}"
        urls = self.urls(app.name, name)
        refused = bootstrap.run(
            app.name,
            BootstrapSettings(
                admin_database_url=SecretStr(self._server.url("postgres")),
                owner_database_url=SecretStr(urls.owner),
                app_database_url=SecretStr(urls.app),
                platform_database_url=SecretStr(urls.platform),
            ),
        )
        assert not refused, refused
        migrate(app, MigrateSettings(owner_database_url=SecretStr(urls.owner)))
        return name

    def _admin(self, statement: str) -> None:
        url = make_url(self._server.url("postgres"))
        connection = psycopg2.connect(
            host=url.host or url.query.get("host"), user=url.username, dbname="postgres", port=url.port
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()
