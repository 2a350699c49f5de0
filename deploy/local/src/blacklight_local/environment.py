"""The settings of our services as environment variables: one table for all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from blacklight_local.credentials import Credentials
from blacklight_local.data_folder import DataFolder
from blacklight_local.servers import Port, PostgresServer, TemporalServer, ValkeyServer

SERVICES = ("auth", "candidate", "matching", "scraper")
DATABASE = "blacklight"
# libpq and Python would read these: whoever starts the stack may have set them for something else. Container images
# often forbid bytecode: sixteen Python processes that compile all they import take four times as long to start.
_NOT_PASSED_ON = ("PG", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Backing:
    """What the services stand on."""

    postgres: PostgresServer
    valkey: ValkeyServer
    temporal: TemporalServer
    ports: Mapping[str, Port]


class Environments:
    """Builds the environment of `python -m blacklight_<service> <verb>`."""

    def __init__(self, data: DataFolder, credentials: Credentials, backing: Backing) -> None:
        self._data = data
        self._credentials = credentials
        self._backing = backing

    def bootstrap(self, service: str) -> dict[str, str]:
        """With the superuser's URL, and those of the roles it is to make, for their passwords."""
        admin = {"BLACKLIGHT_ADMIN_DATABASE_URL": self._backing.postgres.url()}
        return {**self.migrate(service), **admin}

    def migrate(self, service: str) -> dict[str, str]:
        """With the owner's URL."""
        return {**self.run(service), "BLACKLIGHT_OWNER_DATABASE_URL": self._role_url(service, "owner")}

    def run(self, service: str) -> dict[str, str]:
        """For `serve` and `work`: no right to change the schema."""
        return {**self.inherited, **self._common(service), **self._special(service)}

    def settings(self, service: str) -> dict[str, str]:
        """What `run` sets, without what is inherited."""
        return {**self._common(service), **self._special(service)}

    @property
    def inherited(self) -> dict[str, str]:
        """The caller's environment, so that BLACKLIGHT_LOG_LEVEL and the like reach the services."""
        return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}

    def _common(self, service: str) -> dict[str, str]:
        backing = self._backing
        addresses = {f"BLACKLIGHT_{name.upper()}_ADDRESS": backing.ports[name].address for name in SERVICES}
        return {
            "BLACKLIGHT_APP_DATABASE_URL": self._role_url(service, "app"),
            "BLACKLIGHT_PLATFORM_DATABASE_URL": self._role_url(service, "platform"),
            "BLACKLIGHT_REDIS_URL": backing.valkey.url,
            "BLACKLIGHT_TEMPORAL_ADDRESS": backing.temporal.address,
            "BLACKLIGHT_TEMPORAL_NAMESPACE": backing.temporal.namespace,
            "BLACKLIGHT_LISTEN": backing.ports[service].address,
            "BLACKLIGHT_SERVICE_KEY_FILE": str(self._credentials.service_key(service)),
            "BLACKLIGHT_SERVICE_KEYS_FILE": str(self._credentials.public_keys(SERVICES)),
            **addresses,
        }

    def _special(self, service: str) -> dict[str, str]:
        """What only one service has."""
        if service == "auth":
            key = self._credentials.encryption_key("auth-key-encryption-key")
            return {"BLACKLIGHT_KEY_ENCRYPTION_KEY": key}
        if service == "candidate":
            return {"BLACKLIGHT_STORE_URL": self._data.objects.as_uri()}
        if service in ("matching", "scraper"):
            return {"BLACKLIGHT_CREDENTIAL_KEYS": self._credentials.fernet_key(f"{service}-credential-key")}
        return {}

    def _role_url(self, service: str, role: str) -> str:
        name = f"{service}_{role}"
        return self._backing.postgres.url(DATABASE, name, self._credentials.password(f"{name}.password"))
