"""Real servers for a test session: started on first use, stopped at its end."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from blacklight_local.servers import PostgresServer, TemporalServer, ValkeyServer, pick_port


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A short folder that the database's account can reach; removed at the end."""
    made = Path(tempfile.mkdtemp(prefix="bl-"))
    os.chmod(made, 0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def postgres(base: Path) -> Iterator[PostgresServer]:
    """A cluster without fsync: it lives as long as the session."""
    settings = {"fsync": "off", "max_connections": "200", "full_page_writes": "off"}
    server = PostgresServer(base / "pg", base / "logs", settings, passwords=False)
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def valkey(base: Path) -> Iterator[ValkeyServer]:
    """A cache that keeps nothing."""
    server = ValkeyServer(base / "valkey", base / "logs", durable=False)
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def temporal(base: Path) -> Iterator[TemporalServer]:
    """A Temporal server in memory."""
    server = TemporalServer(None, base / "logs", port=pick_port())
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()
