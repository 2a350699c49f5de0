"""Folders for sockets: private, and with a path short enough."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from blacklight_local.servers.account import Account
from blacklight_local.servers.process import ServerFailed

# A unix socket's path holds 107 bytes, the name in the folder included.
LONGEST_FOLDER = 107 - len("/.s.PGSQL.65535")


def socket_folder(wanted: Path, account: Account | None) -> Path:
    """A folder only `account` (None: ourselves) and root can enter: `wanted`, or one in /tmp instead.

    Instead: when its path is too long for a socket or lies where the account may not go. The one in /tmp is
    named by the user and a hash of the path, so it is the same at each start.
    """
    if len(os.fsencode(wanted.absolute())) > LONGEST_FOLDER or not _reachable(wanted, account):
        digest = hashlib.sha256(os.fsencode(wanted.absolute())).hexdigest()[:12]
        wanted = Path("/tmp") / f"blacklight-{os.getuid()}-{digest}"
    private_folder(wanted, account)
    return wanted


def private_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` with mode 0700, owned by `account` (None: us). Refuses one that somebody else owns."""
    owner = os.geteuid() if account is None else account.uid
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise ServerFailed(f"{folder} exists and is not ours; remove it or choose another data folder")
    folder.chmod(0o700)
    if account is not None and found.st_uid != owner:
        os.chown(folder, account.uid, account.gid)


def _reachable(folder: Path, account: Account | None) -> bool:
    """Whether the account may pass every folder above, by the modes for others: it is in no group."""
    if account is None:
        return True
    existing = [parent for parent in folder.absolute().parents if parent.exists()]
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in existing)
