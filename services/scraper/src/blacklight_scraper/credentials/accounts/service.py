"""Accounts as administrators keep them (spec 2.4, 3.16, 4.4.2, P-15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from blacklight.scraper.v1.credential_pb2 import Credential, CredentialSecret
from blacklight.scraper.v1.credential_service_pb2 import CreateCredentialRequest
from blacklight_servicekit import audit, request_log
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.sealing import SecretUnreadable, Vault
from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blacklight_scraper.credentials.cookies import check_cookies
from blacklight_scraper.credentials.leases.service import NO_LEASE, end, note_about
from blacklight_scraper.credentials.models import CredentialRow, state_now
from blacklight_scraper.credentials.reaping.service import Reaping
from blacklight_scraper.credentials.states import REAP_REST, RESETTABLE, CredentialState
from blacklight_scraper.credentials.views import Counts, CredentialView, Holder, Rotated, Secret
from blacklight_scraper.platforms.service import PlatformNotFound, Platforms
from blacklight_scraper.platforms.views import Login

ROTATE_ROWS = 100


class CredentialNotFound(NotFound):
    """No account of that id, or a deleted one."""

    def __init__(self, credential_id: UUID) -> None:
        super().__init__(f"credential {credential_id} not found", reason="CREDENTIAL_NOT_FOUND")


class CredentialNameTaken(AlreadyExists):
    """Another account of the platform has the name."""

    def __init__(self) -> None:
        super().__init__(
            "the platform has an account of this name; choose another", reason="CREDENTIAL_NAME_TAKEN", field="name"
        )


class WrongState(FailedPrecondition):
    """The account's state does not allow it; read it and choose the verb that does."""

    def __init__(self, state: CredentialState, wanted: str) -> None:
        super().__init__(f"the account is {state.name}; this needs {wanted}", reason="CREDENTIAL_STATE")


class Accounts:
    """The accounts, as administrators keep them."""

    def __init__(
        self, database: Database, vault: Vault[Secret], reaping: Reaping, platforms: Platforms, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._reaping = reaping
        self._platforms = platforms
        self._clock = clock

    def create(
        self,
        caller: Caller,
        *,
        request: CreateCredentialRequest,
        secret: Secret,
        encode: Callable[[CredentialView], Credential],
    ) -> Credential:
        """A new account; the same request id answers the same.

        Raises Invalid (UNKNOWN_PLATFORM, SECRET_EMPTY, see also `check_cookies`), FailedPrecondition
        (PLATFORM_NEEDS_NO_ACCOUNT), CredentialNameTaken and Conflict (REQUEST_ID_REUSED).
        """
        told = CreateCredentialRequest()
        told.CopyFrom(request)
        # The log keeps a hash of the request, from which a short password could be guessed.
        told.secret.CopyFrom(CredentialSecret(password=self._vault.fingerprint(secret)))
        with self._database.platform_transaction() as session:
            return request_log.once(
                session,
                caller,
                request_id=request.request_id,
                method="CreateCredential",
                request=told,
                answer=Credential,
                make=lambda: encode(self._make(session, caller, request, secret)),
            )

    def get(self, caller: Caller, *, credential_id: UUID) -> CredentialView:
        """One account. Raises CredentialNotFound."""
        with self._database.platform_transaction() as session:
            return self._view_of(session, credential_id, self._clock())

    def list_accounts(
        self, caller: Caller, *, page_size: int, page_token: str, platform: str, state: CredentialState | None
    ) -> tuple[list[CredentialView], str]:
        """Accounts by platform and name; an empty platform means all."""
        page = PageRequest.of(page_size, page_token, {"list": "credentials", "platform": platform, "state": state})
        now = self._clock()
        key = (CredentialRow.platform, CredentialRow.name)
        statement = select(CredentialRow, state_now(now)).where(CredentialRow.delete_time.is_(None)).order_by(*key)
        if platform:
            statement = statement.where(CredentialRow.platform == platform)
        if state is not None:
            statement = statement.where(state_now(now) == state)
        if page.after is not None:
            statement = statement.where(tuple_(*key) > tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.execute(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda each: (each[0].platform, each[0].name))
            return [_view(row, now_state) for row, now_state in rows], token

    def counts(self, caller: Caller) -> list[Counts]:
        """How many accounts of each platform stand where now."""
        state = state_now(self._clock()).label("state")
        with self._database.platform_transaction() as session:
            rows = session.execute(
                select(CredentialRow.platform, state, func.count().label("accounts"))
                .where(CredentialRow.delete_time.is_(None))
                .group_by(CredentialRow.platform, state)
            ).all()
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row.platform, {})[CredentialState(row.state).name.lower()] = row.accounts
        none = {state.name.lower(): 0 for state in CredentialState}
        return [Counts(platform, **{**none, **found[platform]}) for platform in sorted(found)]

    def update(
        self, caller: Caller, *, credential_id: UUID, changes: Mapping[str, str], secret: Secret | None, etag: str
    ) -> CredentialView:
        """Writes the fields in `changes`, and the secret if one is given; who holds the account keeps the old one.

        Raises CredentialNotFound, Conflict (etag), CredentialNameTaken, and Invalid as `create`.
        """
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._locked(session, credential_id, now)
            check_etag(etag, _etag(row))
            if secret is not None:
                self._check_secret(session, row.platform, secret)
                row.secret, row.has_proxy = self._vault.seal(credential_id, secret), bool(secret.proxy)
            for field, value in changes.items():
                setattr(row, field, value)
            fields = sorted([*changes, *(["secret"] if secret else [])])
            self._written(session, row, now)
            audit.record(session, caller, "credential.updated", credential_id, changes={"fields": fields})
            return self._view_of(session, credential_id, now)

    def reveal(self, caller: Caller, *, credential_id: UUID, purpose: str) -> Secret:
        """What the account signs in with; who asked and why is committed before it is returned (P-15).

        Raises CredentialNotFound and FailedPrecondition (SECRET_UNREADABLE).
        """
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._locked(session, credential_id, now)
            audit.record(session, caller, "credential.revealed", credential_id, changes={"purpose": purpose})
            note_about(session, "credential.revealed", now, row, CredentialState(row.state))
            return self._open(row)

    def disable(self, caller: Caller, *, credential_id: UUID) -> CredentialView:
        """Takes the account out; its holder has lost it. Again changes nothing. Raises CredentialNotFound."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._locked(session, credential_id, now)
            if row.state != CredentialState.DISABLED:
                self._move(session, caller, row, "credential.disabled", CredentialState.DISABLED, now)
            return self._view_of(session, credential_id, now)

    def enable(self, caller: Caller, *, credential_id: UUID) -> CredentialView:
        """Makes a disabled account available. Raises CredentialNotFound, and WrongState for any other."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._locked(session, credential_id, now)
            if row.state != CredentialState.DISABLED:
                raise WrongState(CredentialState(row.state), "DISABLED")
            self._move(session, caller, row, "credential.enabled", CredentialState.AVAILABLE, now)
            return self._view_of(session, credential_id, now)

    def reset(self, caller: Caller, *, credential_id: UUID) -> CredentialView:
        """Makes an account that failed, rests or needs a sign-in available, with its streaks and last failure cleared.

        Raises CredentialNotFound, and WrongState for one in another state.
        """
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._locked(session, credential_id, now)
            if row.state not in RESETTABLE:
                raise WrongState(CredentialState(row.state), "COOLDOWN, FAILED or NEEDS_RELOGIN")
            row.failure_count = row.reap_count = row.last_failure_reason = 0
            row.last_failure_message = ""
            self._move(session, caller, row, "credential.reset", CredentialState.AVAILABLE, now)
            return self._view_of(session, credential_id, now)

    def delete(self, caller: Caller, *, credential_id: UUID) -> None:
        """Erases what the account signs in with and takes it out for ever. Raises CredentialNotFound."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._locked(session, credential_id, now)
            row.secret, row.delete_time = None, now
            self._move(session, caller, row, "credential.deleted", CredentialState.DISABLED, now)

    def rotate(self, caller: Caller) -> Rotated:
        """Seals every secret with the current key, a page to a transaction, so it can be cut short and run again."""
        sealed = current = unreadable = 0
        after = UUID(int=0)
        while True:
            with self._database.platform_transaction() as session:
                rows = session.scalars(
                    select(CredentialRow)
                    .where(CredentialRow.secret.is_not(None), CredentialRow.credential_id > after)
                    .order_by(CredentialRow.credential_id)
                    .limit(ROTATE_ROWS)
                    .with_for_update()
                ).all()
                for row in rows:
                    assert row.secret is not None
                    after = row.credential_id
                    if self._vault.is_current(bytes(row.secret)):
                        current += 1
                        continue
                    try:
                        row.secret = self._vault.seal(after, self._vault.open(after, bytes(row.secret)))
                        sealed += 1
                    except SecretUnreadable:
                        unreadable += 1
                if len(rows) < ROTATE_ROWS:
                    return Rotated(sealed, current, unreadable)

    # Inside

    def _make(
        self, session: Session, caller: Caller, request: CreateCredentialRequest, secret: Secret
    ) -> CredentialView:
        self._check_secret(session, request.platform, secret)
        credential_id, now = new_id(), self._clock()
        statement = (
            insert(CredentialRow)
            .values(
                credential_id=credential_id,
                platform=request.platform,
                name=request.name,
                profile_key=request.profile_key,
                notes=request.notes,
                secret=self._vault.seal(credential_id, secret),
                has_proxy=bool(secret.proxy),
                state=CredentialState.AVAILABLE,
                failure_count=0,
                reap_count=0,
                success_count=0,
                last_failure_reason=0,
                last_failure_message="",
                version=1,
                create_time=now,
                update_time=now,
                **NO_LEASE,
            )
            .on_conflict_do_nothing(
                index_elements=["platform", "name"], index_where=CredentialRow.delete_time.is_(None)
            )
            .returning(CredentialRow.credential_id)
        )
        if session.execute(statement).one_or_none() is None:
            raise CredentialNameTaken
        audit.record(session, caller, "credential.created", credential_id, changes={"platform": request.platform})
        return self._view_of(session, credential_id, now)

    def _check_secret(self, session: Session, name: str, secret: Secret) -> None:
        """Raises unless the platform takes accounts, and this can be one of them."""
        try:
            platform = self._platforms.facts(session, name)
        except PlatformNotFound as error:
            raise Invalid(error.message, reason="UNKNOWN_PLATFORM", field="platform") from error
        if platform.login is Login.NONE:
            raise FailedPrecondition(
                f"the platform {name!r} is read without an account; change its login first",
                reason="PLATFORM_NEEDS_NO_ACCOUNT",
                field="platform",
            )
        if not secret.password and not secret.cookies:
            raise Invalid("give a password or cookies", reason="SECRET_EMPTY", field="secret")
        if secret.cookies:
            check_cookies(secret.cookies, platform.session_cookie, field="secret.cookies")

    def _locked(self, session: Session, credential_id: UUID, now: datetime) -> CredentialRow:
        """The row, locked, in the state it is in now: an expired lease is taken back first, a rest may be over."""
        self._reaping.reap_of(session, [credential_id], now)
        row = session.get(CredentialRow, credential_id, with_for_update=True)
        if row is None or row.delete_time is not None:
            raise CredentialNotFound(credential_id)
        if row.state == CredentialState.COOLDOWN and row.cooldown_end_time and row.cooldown_end_time <= now:
            row.state, row.cooldown_end_time = CredentialState.AVAILABLE, None
        return row

    def _move(
        self, session: Session, caller: Caller, row: CredentialRow, verb: str, state: CredentialState, now: datetime
    ) -> None:
        """Another state by a person's word; a lease ends with it, so that its holder's next word is refused."""
        before = CredentialState(row.state)
        changes = {"from": before.name, "to": state.name}
        audit.record(session, caller, verb, row.credential_id, changes=changes)
        note_about(session, verb, now, row, state)
        row.cooldown_end_time = None
        end(row, state)
        self._written(session, row, now)

    def _written(self, session: Session, row: CredentialRow, now: datetime) -> None:
        row.version += 1
        row.update_time = now
        try:
            session.flush()
        except IntegrityError as error:
            raise CredentialNameTaken from error

    def _open(self, row: CredentialRow) -> Secret:
        try:
            return self._vault.open(row.credential_id, bytes(row.secret or b""))
        except SecretUnreadable as error:
            raise FailedPrecondition(
                "the secret does not open with any of BLACKLIGHT_CREDENTIAL_KEYS; give the account a new one",
                reason="SECRET_UNREADABLE",
            ) from error

    def _view_of(self, session: Session, credential_id: UUID, now: datetime) -> CredentialView:
        found = session.execute(
            select(CredentialRow, state_now(now)).where(
                CredentialRow.credential_id == credential_id, CredentialRow.delete_time.is_(None)
            )
        ).one_or_none()
        if found is None:
            raise CredentialNotFound(credential_id)
        return _view(*found)


def _etag(row: CredentialRow) -> str:
    return etag_of(row.credential_id, row.version)


def _view(row: CredentialRow, state: int) -> CredentialView:
    """The account in the state it is in now, which an expiry may have changed since it was written."""
    resting = state == CredentialState.COOLDOWN
    rested_from_expiry = row.lease_expire_time + REAP_REST if row.lease_expire_time else None
    return CredentialView(
        credential_id=row.credential_id,
        platform=row.platform,
        name=row.name,
        profile_key=row.profile_key,
        notes=row.notes,
        state=CredentialState(state),
        failure_count=row.failure_count,
        reap_count=row.reap_count,
        success_count=row.success_count,
        last_success_time=row.last_success_time,
        last_failure_time=row.last_failure_time,
        last_failure_reason=row.last_failure_reason,
        last_failure_message=row.last_failure_message,
        cooldown_end_time=(row.cooldown_end_time or rested_from_expiry) if resting else None,
        holder=_holder(row) if state == CredentialState.IN_USE else None,
        has_proxy=row.has_proxy,
        create_time=row.create_time,
        update_time=row.update_time,
        etag=_etag(row),
    )


def _holder(row: CredentialRow) -> Holder | None:
    times = (row.lease_start_time, row.lease_heartbeat_time, row.lease_expire_time)
    if row.lease_api_key_id is None or row.lease_session_id is None or None in times:
        return None
    return Holder(row.lease_api_key_id, row.lease_session_id, *(time for time in times if time is not None))
