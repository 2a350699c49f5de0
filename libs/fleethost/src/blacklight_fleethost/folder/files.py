"""The files of a folder, bounded and in order; symbolic links that leave it are not followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KINDS = (".json", ".jsonl", ".ndjson", ".html", ".htm")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read; `version` changes with its content."""

    path: Path
    name: str
    """Relative to the folder, for people."""
    subfolder: str
    """The first folder below the root that it stands in, or empty."""
    version: tuple[int, int, int]
    size: int


def files_of(root: Path) -> Iterator[Found]:
    """The readable kinds of files, sorted by path. `root` may itself be one file, of any name. Raises OSError."""
    if not root.is_dir():
        yield _found(root, root.parent, root.stat())
        return
    inside = root.resolve()
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if name.startswith(".") or path.suffix.casefold() not in KINDS:
                continue
            try:
                if path.is_symlink() and not path.resolve().is_relative_to(inside):
                    continue
                status = path.stat()
            except OSError:
                continue  # gone meanwhile, or a link to nowhere
            if stat.S_ISREG(status.st_mode):
                yield _found(path, root, status)


def _found(path: Path, root: Path, status: os.stat_result) -> Found:
    relative = path.relative_to(root)
    subfolder = relative.parts[0] if len(relative.parts) > 1 else ""
    version = (status.st_mtime_ns, status.st_size, status.st_ino)
    return Found(path, relative.as_posix(), subfolder, version, status.st_size)
