"""Short names of tenants for addresses (spec 2.1). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

MAX_LENGTH = 100


def slug_of(name: str) -> str:
    """A slug from a display name: ASCII, lowercase, punctuation dropped, spaces as hyphens.

    `t-` goes ahead of what does not begin with a letter; a name with nothing usable in it becomes `tenant`.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9\s-]", "", plain)
    slug = re.sub(r"[\s-]+", "-", words).strip("-")
    if not slug:
        return "tenant"
    return (slug if slug[0].isalpha() else f"t-{slug}")[:MAX_LENGTH].rstrip("-")


def free_slug(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with the lowest number from 2 appended that makes it free."""
    if wanted not in taken:
        return wanted
    number = 2
    while (slug := f"{wanted[: MAX_LENGTH - len(str(number)) - 1]}-{number}") in taken:
        number += 1
    return slug
