"""Who PostgreSQL runs as. It refuses root, so root hands it to an account that can do nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

_NAME = "blacklight-db"
_FALLBACK = "nobody"


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int


def database_account() -> Account | None:
    """None when we are an ordinary user (PostgreSQL then runs as we do).

    As root: the account named by BLACKLIGHT_DB_USER, else `blacklight-db`, made once when `useradd` is there,
    else `nobody`. Raises LookupError when the named account does not exist.
    """
    if os.geteuid() != 0:
        return None
    named = os.environ.get("BLACKLIGHT_DB_USER")
    if named:
        account = _find(named)
        if account is None:
            raise LookupError(f"BLACKLIGHT_DB_USER names an account that does not exist: {named}")
        return account
    return _find(_NAME) or _make() or _require(_FALLBACK)


def own_name() -> str:
    """The name of the account this process runs as, as PostgreSQL's peer authentication sees it."""
    return pwd.getpwuid(os.geteuid()).pw_name


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _make() -> Account | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    shell = "/usr/sbin/nologin"
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", shell]
    # A failure (another launcher making it at the same time, a read-only /etc) is answered by looking again.
    subprocess.run([useradd, *options, _NAME], capture_output=True, check=False)
    return _find(_NAME)


def _require(name: str) -> Account:
    account = _find(name)
    if account is None:
        raise LookupError(f"PostgreSQL does not run as root and there is no {name}: set BLACKLIGHT_DB_USER")
    return account
