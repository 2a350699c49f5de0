"""Settings of `auth`; what every service has comes from servicekit."""

from __future__ import annotations

import base64
import binascii

from blacklight_servicekit.settings import ServiceSettings
from pydantic import Field, SecretStr, field_validator

KEY_BYTES = 32


class AuthSettings(ServiceSettings):
    """`BLACKLIGHT_KEY_ENCRYPTION_KEY` has no default: without it the service does not start (P-09)."""

    key_encryption_key: SecretStr
    """Base64 of 32 random bytes: seals the signing keys in the database."""
    bcrypt_rounds: int = Field(default=12, ge=4, le=16)
    """Exponent of bcrypt's cost. Below 10 is for tests; the service says so in its log at every start."""
    database_pool_size: int = Field(default=16, ge=4, le=100)
    """Larger than elsewhere: a sign-in occupies a worker for as long as bcrypt takes."""

    @field_validator("key_encryption_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        decode_key(value)
        return value

    @property
    def encryption_key(self) -> bytes:
        """The 32 bytes."""
        return decode_key(self.key_encryption_key)


def decode_key(value: SecretStr) -> bytes:
    """The bytes of a key in base64. Raises ValueError, never quoting it."""
    try:
        key = base64.b64decode(value.get_secret_value(), validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64 of 32 bytes (openssl rand -base64 32)") from error
    if len(key) != KEY_BYTES:
        raise ValueError("must be base64 of 32 bytes (openssl rand -base64 32)")
    return key
