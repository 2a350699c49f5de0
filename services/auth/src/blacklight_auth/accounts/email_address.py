"""The one form in which an e-mail address is kept and compared. Pure."""

from __future__ import annotations

from blacklight_servicekit.errors import Invalid

MAX_LENGTH = 254


def normalise_email(email: str, *, field: str) -> str:
    """The address trimmed and lowercased. Raises Invalid (EMAIL_INVALID) where it can't be one.

    Rough on purpose: the contract checks the form of addresses that are stored, this keeps nonsense (control
    characters among it, which the database would refuse) out of look-ups and of the command line.
    """
    address = email.strip().lower()
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or len(address) > MAX_LENGTH or not address.isprintable() or " " in address:
        raise Invalid(f"{field} is not an e-mail address", reason="EMAIL_INVALID", field=field)
    return address
