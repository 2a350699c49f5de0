"""Remembers which code last prepared the databases, to skip eight processes on the next start.

The stamp of a service is a digest of its migrations and models, of servicekit. It lies in the
data folder beside the database it speaks of, and goes with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from blacklight_local.servers.binaries import package_folder


class SchemaStamps:
    """Stamps in `folder`, one file a service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: dict[str, str] = {}

    def fresh(self, service: str) -> bool:
        """Whether bootstrap and migrate need not run. If they must, keep() will remember that they did."""
        digest = _digest(service)
        path = self._folder / service
        if path.exists() and path.read_text() == digest:
            return True
        self._pending[service] = digest
        return False

    def keep(self) -> None:
        """They ran well."""
        for service, digest in self._pending.items():
            (self._folder / service).write_text(digest)


def _digest(service: str) -> str:
    digest = hashlib.sha256()
    for file in _sources(service):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(service: str) -> Iterator[Path]:
    package = package_folder(f"blacklight_{service}")
    migrations = package.parent.parent / "migrations"
    for folder in (package_folder("blacklight_servicekit"), package, migrations):
        yield from sorted(folder.rglob("*.py"))
