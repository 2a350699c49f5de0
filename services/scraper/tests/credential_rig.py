"""Accounts on a database of their own: keys, sessions and a clock that tests move; no server."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from blacklight.scraper.v1.api_key_service_pb2 import CreateApiKeyRequest
from blacklight.scraper.v1.credential_service_pb2 import CreateCredentialRequest
from blacklight_scraper.credentials.accounts.encoding import encode_credential
from blacklight_scraper.credentials.accounts.service import Accounts
from blacklight_scraper.credentials.leases.service import Leases
from blacklight_scraper.credentials.models import CredentialRow
from blacklight_scraper.credentials.reaping.service import Reaping
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.credentials.views import LeaseView, Secret
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.keys.encoding import decode_draft, encode_api_key
from blacklight_scraper.keys.secret import RANDOM_BYTES
from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.models import Base
from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.platforms.views import Login, PlatformDraft
from blacklight_scraper.queue.models import QueuedRoleRow, QueueTargetRow
from blacklight_scraper.sessions.models import SessionRow
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.database import Database
from blacklight_servicekit.sealing import Vault
from cryptography.fernet import Fernet

START = datetime.fromisoformat("2026-03-01T08:00:00+00:00")
ADMIN = Caller(CallerKind.PLATFORM_ADMIN, "admin-1")
LENGTH = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


class StoppedClock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


class Rig:
    """The parts of the service that have to do with accounts, wired as `app` does."""

    def __init__(self, database: Database, *, keys: tuple[str, ...] = ()) -> None:
        self.database = database
        self.clock = StoppedClock()
        self.fernet_keys = keys or (Fernet.generate_key().decode(),)
        self.platforms = Platforms(database, self.clock)
        intake = BatchIntake(database, self.clock, timedelta(hours=72))
        self.keys = ApiKeys(database, self.platforms, intake, self.clock, lambda: uuid4().bytes * (RANDOM_BYTES // 16))
        self.reaping = Reaping(database, self.clock)
        self.unlock(*self.fernet_keys)

    def unlock(self, *fernet_keys: str) -> None:
        """The service started anew with these keys."""
        vault = Vault(fernet_keys, Secret)
        self.credentials = Credentials(self.database, Leases(vault, LENGTH), self.platforms, self.keys, self.clock)
        self.accounts = Accounts(self.database, vault, self.reaping, self.platforms, self.clock)

    def add_platform(self, name: str = "linkedin", login: Login = Login.PASSWORD, session_cookie: str = "") -> str:
        draft = PlatformDraft(name, name.title(), True, 1, login=login, session_cookie=session_cookie)
        return self.platforms.create(ADMIN, draft=draft).name

    def add_key(self, name: str = "host", platforms: tuple[str, ...] = ("linkedin",)) -> UUID:
        request = CreateApiKeyRequest(name=name, platforms=platforms)
        made = self.keys.create(ADMIN, request=request, draft=decode_draft(request), encode=encode_api_key)
        return UUID(made.api_key.api_key_id)

    def add_session(self, api_key_id: UUID) -> UUID:
        """An open session on a role of its own."""
        role_id, session_id, now = uuid4(), uuid4(), self.clock()
        rows = [
            _filled(QueuedRoleRow, now, role_id=role_id),
            _filled(QueueTargetRow, now, role_id=role_id, target_id=role_id),
            _filled(SessionRow, now, session_id=session_id, api_key_id=api_key_id, role_id=role_id, target_id=role_id),
        ]
        with self.database.platform_transaction() as session:
            for row in rows:
                session.add(row)
                session.flush()
        return session_id

    def add_account(self, name: str = "one", platform: str = "linkedin", **fields: str) -> UUID:
        profile_key = fields.pop("profile_key", "")
        secret = Secret(**{"username": f"{name}@example.com", "password": "correct horse", **fields})
        request = CreateCredentialRequest(platform=platform, name=name, profile_key=profile_key)
        made = self.accounts.create(ADMIN, request=request, secret=secret, encode=encode_credential)
        return UUID(made.credential_id)

    def lease(
        self, session_id: UUID, api_key_id: UUID, platform: str = "linkedin", *, fetched: bool = True
    ) -> LeaseView | None:
        with self.database.platform_transaction() as session:
            return self.credentials.lease(
                session,
                platform=platform,
                api_key_id=api_key_id,
                session_id=session_id,
                now=self.clock(),
                fetched=fetched,
            )

    def leased(self, session_id: UUID, api_key_id: UUID, **given: Any) -> LeaseView:
        lease = self.lease(session_id, api_key_id, **given)
        assert lease is not None
        return lease

    def take(self, session_id: UUID, given: dict[str, Any]) -> CredentialRow | None:
        """The one statement of a lease, in a transaction of its own."""
        with self.database.platform_transaction() as session:
            return self.credentials._leases.take(session, session_id=session_id, **given)

    def reap(self) -> int:
        return self.reaping.reap(Caller.service("scraper", None))

    def row(self, credential_id: UUID) -> CredentialRow:
        with self.database.platform_transaction() as session:
            return session.get_one(CredentialRow, credential_id)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        from sqlalchemy import text

        with self.database.platform_transaction() as session:
            return list(session.execute(text(statement), values).all())


def _filled(table: type[Base], now: datetime, **given: Any) -> Base:
    """A row; columns that are neither given nor may be empty get some value of their type."""
    some: dict[type, Any] = {UUID: uuid4(), str: "", int: 1, bool: False, datetime: now, list: []}
    columns = [column for column in table.__table__.columns if not column.nullable and column.name not in given]
    return table(**given, **{column.name: some[column.type.python_type] for column in columns})


def proof(lease: LeaseView) -> dict[str, Any]:
    """What a holder proves its lease with."""
    return {"credential_id": lease.credential_id, "lease_token": lease.lease_token}


def host(api_key_id: UUID) -> Caller:
    """The host with this key."""
    return Caller(CallerKind.HOST, str(api_key_id))
