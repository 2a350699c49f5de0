"""What hosts say of a platform's end, without what they should not have said. Pure."""

from __future__ import annotations

import re

LONGEST = 1_000
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


def without_userinfo(message: str) -> str:
    """The message without user and password of any address in it (a proxy's, as a rule), at most 1,000 characters."""
    return _USERINFO.sub("[secret]@", message)[:LONGEST]
