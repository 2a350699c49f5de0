"""The id of a posting whose board gives none (spec section 8.4). Pure."""

from __future__ import annotations

import hashlib
import unicodedata


def synthetic_id(platform: str, title: str, company: str, location: str) -> str:
    """`syn-` and the first 16 hex digits of the SHA-256 over the four fields, joined by `|`.

    Each field is NFKC, case-folded, with runs of white space made one blank and the ends stripped. The platform
    computes it in the same way (`tests/contract/synthetic_ids.json`), so this must never change.
    """
    fields = (
        " ".join(unicodedata.normalize("NFKC", field).casefold().split())
        for field in (platform, title, company, location)
    )
    return f"syn-{hashlib.sha256('|'.join(fields).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
