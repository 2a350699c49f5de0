"""The one folder everything of a local stack lies in, and what is in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_FOLDERS = ("secrets", "logs", "postgres", "valkey", "temporal", "objects", "gateway", "ready", "stamps")
_FILES = ("state.json", "supervisor.lock", ".gitignore")

_BIG_LOG_BYTES = 20 * 2**20


class DataFolderUnusable(RuntimeError):
    """The data folder cannot be written by this user."""


class DataFolder:
    """Paths below `root`. Nothing is made before `prepare()`."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.secrets = self.root / "secrets"
        self.logs = self.root / "logs"
        self.postgres = self.root / "postgres"
        self.valkey = self.root / "valkey"
        self.temporal = self.root / "temporal"
        self.objects = self.root / "objects"
        self.gateway = self.root / "gateway"
        self.ready = self.root / "ready"
        self.stamps = self.root / "stamps"
        self.state = self.root / "state.json"
        self.lock = self.root / "supervisor.lock"

    def prepare(self) -> None:
        """Make the folders. Raises DataFolderUnusable when they belong to somebody else."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.secrets, self.logs, self.objects, self.gateway, self.ready, self.stamps):
                folder.mkdir(mode=0o700, exist_ok=True)
            (self.root / ".gitignore").write_text("*\n")
        except PermissionError as error:
            raise DataFolderUnusable(
                f"{error.filename} cannot be written: it belongs to another user; choose a folder with --data"
            ) from error

    def log(self, name: str) -> Path:
        """The log file of one process."""
        return self.logs / f"{name}.log"

    def rotate_logs(self) -> None:
        """Set big logs aside before a start; one older one of each is kept."""
        for path in self.logs.glob("*.log"):
            if path.stat().st_size > _BIG_LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))

    def purge(self) -> list[str]:
        """Remove what a stack puts here, and the folder if nothing else is in it; returns what is left."""
        if not self.root.exists():
            return []
        for name in _FOLDERS:
            shutil.rmtree(self.root / name, ignore_errors=True)
        for name in _FILES:
            (self.root / name).unlink(missing_ok=True)
        left = sorted(path.name for path in self.root.iterdir())
        if not left:
            self.root.rmdir()
        return left


def chosen(data: Path | None) -> DataFolder:
    """The folder given, else BLACKLIGHT_HOME, else `.run` in the repository (outside one: here)."""
    if data is None and os.environ.get("BLACKLIGHT_HOME"):
        data = Path(os.environ["BLACKLIGHT_HOME"])
    return DataFolder(data if data is not None else _repository() / ".run")


def _repository() -> Path:
    for folder in Path(__file__).resolve().parents:
        if (folder / "requirements.lock").exists() and (folder / "services").is_dir():
            return folder
    return Path.cwd()
