"""The rules of signing keys: made on first need, read for a minute, rotated without refusing a token in use."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from blacklight_auth.keys.models import SigningKeyRow
from blacklight_auth.keys.schedule import PUBLISH_AHEAD, Term, published, retirement, signing
from blacklight_auth.keys.sealing import key_id, seal, unseal

REREAD = timedelta(minutes=1)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('auth signing keys'))")
_SELF = Caller.service("auth", None)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    kid: str
    private_key: Ed25519PrivateKey


@dataclass(frozen=True)
class _Ring:
    """Every key as read at `read_time`."""

    read_time: datetime
    terms: Sequence[Term]
    public_keys: Mapping[str, Ed25519PublicKey]
    private_keys: Mapping[str, Ed25519PrivateKey]


class SigningKeys:
    """The keys of access tokens, shared by every process of the service through the database."""

    def __init__(self, database: Database, encryption_key: bytes, clock: Clock) -> None:
        self._database = database
        self._encryption_key = encryption_key
        self._clock = clock
        self._reading = threading.Lock()
        self._ring: _Ring | None = None

    def signer(self) -> Signer:
        """The key to sign with. Raises SealBroken when it was sealed under another encryption key."""
        ring = self._current()
        term = signing(ring.terms, self._clock())
        if term is None:
            raise RuntimeError("no signing key is published; is the clock of this machine right?")
        return Signer(term.kid, ring.private_keys[term.kid])

    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The keys that tokens are verified with, by id, newest first."""
        ring = self._current()
        return {term.kid: ring.public_keys[term.kid] for term in published(ring.terms, self._clock())}

    def rotate(self) -> str:
        """Makes a new key that signs ten minutes from now; the others go once nothing they signed holds.

        Returns its id. Replicas and gateways, which keep copies of the key set, learn of it before it signs.
        """
        with self._database.platform_transaction() as session:
            session.execute(_ONE_AT_A_TIME)
            sign_time = self._clock() + PUBLISH_AHEAD
            session.execute(
                update(SigningKeyRow)
                .where(SigningKeyRow.retire_time.is_(None))
                .values(retire_time=retirement(sign_time))
            )
            kid = self._make(session, sign_time)
        self._ring = None
        return kid

    def _current(self) -> _Ring:
        ring = self._ring
        if ring is not None and self._clock() - ring.read_time < REREAD:
            return ring
        with self._reading:
            if self._ring is None or self._ring is ring:
                self._ring = self._read()
            return self._ring

    def _read(self) -> _Ring:
        """Every key; the first one is made here. Of several processes that find none, one makes it."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            rows = session.scalars(select(SigningKeyRow)).all()
            if not rows:
                session.execute(_ONE_AT_A_TIME)
                rows = session.scalars(select(SigningKeyRow)).all()
                if not rows:
                    self._make(session, now)
                    rows = session.scalars(select(SigningKeyRow)).all()
        return _Ring(
            read_time=now,
            terms=[row.term for row in rows],
            public_keys={row.kid: Ed25519PublicKey.from_public_bytes(row.public_key) for row in rows},
            private_keys={row.kid: unseal(self._encryption_key, row.kid, row.sealed_private_key) for row in rows},
        )

    def _make(self, session: Session, sign_time: datetime) -> str:
        private = Ed25519PrivateKey.generate()
        kid = key_id(private.public_key())
        session.add(
            SigningKeyRow(
                kid=kid,
                public_key=private.public_key().public_bytes_raw(),
                sealed_private_key=seal(self._encryption_key, kid, private),
                sign_time=sign_time,
                create_time=self._clock(),
            )
        )
        session.flush()
        audit.record(session, _SELF, "signing_key.created", kid)
        return kid
