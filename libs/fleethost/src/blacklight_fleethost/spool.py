"""What a host has read and the platform has not acknowledged, in a SQLite file that survives a crash.

A batch is in the file before it is sent and leaves it when it is acknowledged. Of each posting put into a batch a
digest stays until its session is finished, so a board read again after a crash is not sent again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY, fencing_token INTEGER NOT NULL, last_sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
    session_id TEXT NOT NULL, sequence INTEGER NOT NULL, platform TEXT NOT NULL, drafts BLOB NOT NULL,
    PRIMARY KEY (session_id, sequence));
CREATE TABLE IF NOT EXISTS sent (
    session_id TEXT NOT NULL, platform TEXT NOT NULL, digest BLOB NOT NULL, copies INTEGER NOT NULL,
    PRIMARY KEY (session_id, platform, digest));
CREATE TABLE IF NOT EXISTS boards (
    session_id TEXT NOT NULL, platform TEXT NOT NULL, batches INTEGER NOT NULL, PRIMARY KEY (session_id, platform));
"""


class SpoolInUse(RuntimeError):
    """Another host has the spool open."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is not acknowledged."""

    batches: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not acknowledged of one board of a session."""

    session_id: str
    platform: str
    batches: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SpooledBatch:
    """A batch that is not acknowledged."""

    session_id: str
    sequence: int
    platform: str
    drafts: bytes


class Spool:
    """The spool of one host; one process at a time."""

    def __init__(self, folder: Path | None, *, patience_seconds: float = 2.0) -> None:
        """Opens or makes it in the folder; None keeps it in memory. Raises SpoolInUse."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = ":memory:" if folder is None else str(folder / "spool.sqlite")
        self._file = sqlite3.connect(where, isolation_level=None, timeout=patience_seconds)
        try:
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.executescript(_TABLES)
            with self._file:
                self._file.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._file.close()
            if "locked" in str(error):
                raise SpoolInUse(f"another host has the spool {where} open; give each host its own") from error
            raise

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def resume(self, session_id: str, fencing_token: int, last_acknowledged: int) -> int:
        """Notes who holds the session now; returns the last number in use, ours or the platform's."""
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute(
                "INSERT INTO sessions VALUES (?, ?, ?) ON CONFLICT (session_id) DO UPDATE"
                " SET fencing_token = excluded.fencing_token,"
                " last_sequence = max(last_sequence, excluded.last_sequence)",
                (session_id, fencing_token, last_acknowledged),
            )
            self._file.execute(
                "DELETE FROM batches WHERE session_id = ? AND sequence <= ?", (session_id, last_acknowledged)
            )
        found = self._file.execute("SELECT last_sequence FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
        return int(found[0])

    def add(self, session_id: str, platform: str, drafts: bytes, postings: Sequence[bytes]) -> SpooledBatch:
        """Puts a batch under the next number; `postings` are its postings' bytes, one by one."""
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            [(sequence,)] = self._file.execute(
                "UPDATE sessions SET last_sequence = last_sequence + 1 WHERE session_id = ? RETURNING last_sequence",
                (session_id,),
            ).fetchall()
            self._file.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", (session_id, sequence, platform, drafts))
            self._file.execute(
                "INSERT INTO boards VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET batches = batches + 1",
                (session_id, platform),
            )
            self._file.executemany(
                "INSERT INTO sent VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET copies = copies + 1",
                [(session_id, platform, digest_of(posting)) for posting in postings],
            )
        return SpooledBatch(session_id, int(sequence), platform, drafts)

    def sent(self, session_id: str, platform: str) -> Counter[bytes]:
        """How often each posting of a board, by its digest, was put into batches of the session."""
        rows = self._file.execute(
            "SELECT digest, copies FROM sent WHERE session_id = ? AND platform = ?", (session_id, platform)
        )
        return Counter({bytes(digest): int(copies) for digest, copies in rows})

    def batches(self, session_id: str, platform: str) -> int:
        """How many batches of a board the session was given, acknowledged or not."""
        found = self._file.execute(
            "SELECT batches FROM boards WHERE session_id = ? AND platform = ?", (session_id, platform)
        ).fetchone()
        return int(found[0]) if found else 0

    def depth(self) -> Depth:
        """How much of all sessions is not acknowledged."""
        [(batches, size)] = self._file.execute("SELECT count(*), coalesce(sum(length(drafts)), 0) FROM batches")
        return Depth(int(batches), int(size))

    def waiting(self) -> list[Waiting]:
        """What is not acknowledged, by session and board."""
        rows = self._file.execute(
            "SELECT session_id, platform, count(*), sum(length(drafts)) FROM batches"
            " GROUP BY session_id, platform ORDER BY session_id, platform"
        )
        return [Waiting(row[0], row[1], int(row[2]), int(row[3])) for row in rows]

    def unacknowledged(self, session_id: str) -> list[SpooledBatch]:
        """The session's batches to send again, in order."""
        rows = self._file.execute(
            "SELECT session_id, sequence, platform, drafts FROM batches WHERE session_id = ? ORDER BY sequence",
            (session_id,),
        )
        return [SpooledBatch(row[0], int(row[1]), row[2], bytes(row[3])) for row in rows]

    def acknowledged(self, session_id: str, sequence: int) -> None:
        """The platform has committed the batch."""
        self._file.execute("DELETE FROM batches WHERE session_id = ? AND sequence = ?", (session_id, sequence))

    def sessions(self) -> dict[str, int]:
        """The fencing token of each session in the spool."""
        rows = self._file.execute("SELECT session_id, fencing_token FROM sessions ORDER BY session_id")
        return {session_id: int(token) for session_id, token in rows}

    def forget(self, session_id: str) -> None:
        """The session is finished, or given up."""
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            for table in ("batches", "sent", "boards", "sessions"):
                self._file.execute(f"DELETE FROM {table} WHERE session_id = ?", (session_id,))


def digest_of(posting: bytes) -> bytes:
    """What a posting is recognised by."""
    return hashlib.sha256(posting).digest()[:16]
