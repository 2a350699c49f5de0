"""Which passwords are taken. Pure.

bcrypt reads 72 bytes and no more; a longer password is refused rather than cut (spec 6.17). Text is normalised to
NFC first, so that the same password typed on two keyboards is the same bytes.
"""

from __future__ import annotations

import unicodedata

from blacklight_servicekit.errors import Invalid

MIN_CHARACTERS = 12
MAX_BYTES = 72


def encode_password(password: str, *, field: str) -> bytes:
    """The bytes to hash or compare. Raises Invalid (PASSWORD_TOO_LONG) naming `field`."""
    encoded = unicodedata.normalize("NFC", password).encode()
    if len(encoded) > MAX_BYTES:
        raise Invalid(
            f"a password may have at most {MAX_BYTES} bytes in UTF-8; this one has {len(encoded)}",
            reason="PASSWORD_TOO_LONG",
            field=field,
        )
    return encoded


def encode_new_password(password: str, *, field: str) -> bytes:
    """As `encode_password`, for a password about to be set. Raises Invalid (also PASSWORD_TOO_SHORT)."""
    encoded = encode_password(password, field=field)
    if len(unicodedata.normalize("NFC", password)) < MIN_CHARACTERS:
        raise Invalid(
            f"a password needs at least {MIN_CHARACTERS} characters", reason="PASSWORD_TOO_SHORT", field=field
        )
    return encoded
