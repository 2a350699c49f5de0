"""Settings from the environment; a service without its secrets does not start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES = ("auth", "candidate", "matching", "scraper")


class ServiceSettings(BaseSettings):
    """What every service needs to run; each field is `BLACKLIGHT_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="BLACKLIGHT_", extra="ignore", hide_input_in_errors=True)

    app_database_url: SecretStr
    platform_database_url: SecretStr
    database_pool_size: int = Field(default=8, ge=1, le=100)
    redis_url: SecretStr
    temporal_address: str
    temporal_namespace: str = "default"
    listen: str = "127.0.0.1:0"
    auth_address: str
    candidate_address: str
    matching_address: str
    scraper_address: str
    service_key_file: Path
    service_keys_file: Path
    recheck_seconds: float = Field(default=10.0, gt=0)
    """How often the caller of an open stream is checked again."""
    ready_file: Path | None = None
    log_level: str = "info"
    worker_niceness: int = Field(default=10, ge=0, le=19)
    """How far `work` gives way to whatever answers requests on the same machine (nice(2))."""

    def address_of(self, service: str) -> str:
        """Where another service listens."""
        return str(getattr(self, f"{service}_address"))


class BootstrapSettings(BaseSettings):
    """What `bootstrap` needs: the administrator's URL and the three roles' own."""

    model_config = SettingsConfigDict(env_prefix="BLACKLIGHT_", extra="ignore", hide_input_in_errors=True)

    admin_database_url: SecretStr = SecretStr("")
    owner_database_url: SecretStr
    app_database_url: SecretStr
    platform_database_url: SecretStr


class MigrateSettings(BaseSettings):
    """What `migrate` needs."""

    model_config = SettingsConfigDict(env_prefix="BLACKLIGHT_", extra="ignore", hide_input_in_errors=True)

    owner_database_url: SecretStr


Loaded = TypeVar("Loaded", bound=BaseSettings)


def load(settings: type[Loaded]) -> Loaded:
    """Reads the settings; where one is missing or wrong, says which on standard error and exits with 2."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            variable = name if name.startswith("BLACKLIGHT_") else f"BLACKLIGHT_{name}"
            said = "is not set" if problem["type"] == "missing" else problem["msg"]
            sys.stderr.write(f"{variable}: {said}\n")
        sys.exit(2)
