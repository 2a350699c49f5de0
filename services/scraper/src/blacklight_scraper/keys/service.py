"""API keys: made, changed, paused, rotated, revoked, recognised (spec 2.4, 3.17, P-16)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from blacklight.scraper.v1.api_key_pb2 import ApiKey
from blacklight.scraper.v1.api_key_service_pb2 import CreateApiKeyRequest, CreateApiKeyResponse
from blacklight_servicekit import audit, request_log
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import and_, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.keys.models import ApiKeyRow
from blacklight_scraper.keys.secret import hash_of, secret_of, shown_prefix
from blacklight_scraper.keys.states import KeyState, key_state
from blacklight_scraper.keys.views import ApiKeyView, KeyDraft
from blacklight_scraper.platforms.service import Platforms


class ApiKeyNotFound(NotFound):
    """No key of that id."""

    def __init__(self, api_key_id: UUID) -> None:
        super().__init__(f"API key {api_key_id} not found", reason="API_KEY_NOT_FOUND")


class ApiKeyNameTaken(AlreadyExists):
    """Another key that is not revoked has the name."""

    def __init__(self) -> None:
        super().__init__(
            "a key that is not revoked has this name; choose another or revoke that one",
            reason="API_KEY_NAME_TAKEN",
            field="name",
        )


class KeyRevoked(FailedPrecondition):
    """The key is revoked, which is final (P-16)."""

    def __init__(self) -> None:
        super().__init__("this key is revoked, which is final; make a new one", reason="KEY_REVOKED")


class ApiKeys:
    """The keys of scraper hosts."""

    def __init__(
        self,
        database: Database,
        platforms: Platforms,
        intake: BatchIntake,
        clock: Clock,
        random: Callable[[], bytes],
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._intake = intake
        self._clock = clock
        self._random = random

    def create(
        self,
        caller: Caller,
        *,
        request: CreateApiKeyRequest,
        draft: KeyDraft,
        encode: Callable[[ApiKeyView], ApiKey],
    ) -> CreateApiKeyResponse:
        """A new key with its secret; a repeated request answers the same key without it, as it is stored nowhere.

        Raises Invalid (UNKNOWN_PLATFORM, EXPIRE_TIME_PAST), ApiKeyNameTaken and Conflict (REQUEST_ID_REUSED).
        """
        secret = secret_of(self._random())
        made: list[ApiKeyView] = []
        with self._database.platform_transaction() as session:

            def make() -> CreateApiKeyResponse:
                made.append(self._make(session, caller, draft, secret))
                return CreateApiKeyResponse(api_key=encode(made[0]))

            answer = request_log.once(
                session,
                caller,
                request_id=request.request_id,
                method="CreateApiKey",
                request=request,
                answer=CreateApiKeyResponse,
                make=make,
            )
        if made:
            answer.secret = secret
        return answer

    def get(self, caller: Caller, *, api_key_id: UUID) -> ApiKeyView:
        """One key, with the postings taken from it. Raises ApiKeyNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(ApiKeyRow, api_key_id)
            if row is None:
                raise ApiKeyNotFound(api_key_id)
            return self._view(row, posting_count=self._intake.accepted_from_key(session, api_key_id))

    def name_of(self, caller: Caller) -> str:
        """What the caller's own key is called; hosts' telemetry asks all the time. Raises ApiKeyNotFound."""
        with self._database.platform_transaction() as session:
            name = session.scalar(select(ApiKeyRow.name).where(ApiKeyRow.api_key_id == UUID(caller.id)))
            if name is None:
                raise ApiKeyNotFound(UUID(caller.id))
            return name

    def list_keys(self, caller: Caller, *, page_size: int, page_token: str) -> tuple[list[ApiKeyView], str]:
        """Keys, newest first."""
        page = PageRequest.of(page_size, page_token, {"list": "api_keys"})
        statement = select(ApiKeyRow).order_by(ApiKeyRow.create_time.desc(), ApiKeyRow.api_key_id.desc())
        if page.after is not None:
            statement = statement.where(tuple_(ApiKeyRow.create_time, ApiKeyRow.api_key_id) < tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.create_time, row.api_key_id))
            return [self._view(row) for row in rows], token

    def update(
        self, caller: Caller, *, api_key_id: UUID, draft: KeyDraft, fields: Collection[str], etag: str
    ) -> ApiKeyView:
        """Writes these fields of the draft; open streams go by them within seconds.

        Raises ApiKeyNotFound, KeyRevoked, Conflict (etag), ApiKeyNameTaken, and Invalid as `create`.
        """
        with self._database.platform_transaction() as session:
            row = self._living(session, api_key_id)
            check_etag(etag, _etag(row))
            if "platforms" in fields:
                self._check_platforms(session, draft.platforms)
            if "expire_time" in fields:
                self._check_expiry(draft.expire_time)
            for field in fields:
                value = getattr(draft, field)
                setattr(row, field, list(value) if isinstance(value, tuple) else value)
            view = self._written(session, row)
            audit.record(session, caller, "api_key.updated", api_key_id, changes={"fields": sorted(fields)})
            return view

    def pause(self, caller: Caller, *, api_key_id: UUID) -> ApiKeyView:
        """Refuses the key until it is resumed; again changes nothing. Raises ApiKeyNotFound and KeyRevoked."""
        with self._database.platform_transaction() as session:
            row = self._living(session, api_key_id)
            if row.pause_time is not None:
                return self._view(row)
            row.pause_time = self._clock()
            self._tell(session, caller, "api_key.paused", api_key_id)
            return self._written(session, row)

    def resume(self, caller: Caller, *, api_key_id: UUID) -> ApiKeyView:
        """Admits a paused key again; never a revoked one (P-16). Raises ApiKeyNotFound and KeyRevoked."""
        with self._database.platform_transaction() as session:
            row = self._living(session, api_key_id)
            if row.pause_time is None:
                return self._view(row)
            row.pause_time = None
            self._tell(session, caller, "api_key.resumed", api_key_id)
            return self._written(session, row)

    def revoke(self, caller: Caller, *, api_key_id: UUID) -> ApiKeyView:
        """Refuses the key for ever, under both its secrets; a revoked one stays as it is. Raises ApiKeyNotFound."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, api_key_id)
            if row.revoke_time is not None:
                return self._view(row)
            row.revoke_time, row.revoked_by = self._clock(), caller.id
            row.previous_secret_sha256 = row.previous_secret_expire_time = None
            self._tell(session, caller, "api_key.revoked", api_key_id)
            return self._written(session, row)

    def rotate(self, caller: Caller, *, api_key_id: UUID, overlap: timedelta) -> tuple[ApiKeyView, str]:
        """A new secret; the one before admits for `overlap` longer, any older one no more.

        Raises ApiKeyNotFound and KeyRevoked.
        """
        secret = secret_of(self._random())
        with self._database.platform_transaction() as session:
            row = self._living(session, api_key_id)
            kept = overlap > timedelta()
            row.previous_secret_sha256 = row.secret_sha256 if kept else None
            row.previous_secret_expire_time = self._clock() + overlap if kept else None
            row.secret_sha256, row.prefix = hash_of(secret), shown_prefix(secret)
            self._tell(session, caller, "api_key.rotated", api_key_id)
            return self._written(session, row), secret

    def find_by_hash(self, secret_sha256: bytes) -> ApiKeyView | None:
        """The key that this secret opens now; notes the use, to the minute. None when it admits nobody."""
        now = self._clock()
        before_rotation = and_(
            ApiKeyRow.previous_secret_sha256 == secret_sha256, ApiKeyRow.previous_secret_expire_time > now
        )
        with self._database.platform_transaction() as session:
            row = session.scalars(
                select(ApiKeyRow).where(or_(ApiKeyRow.secret_sha256 == secret_sha256, before_rotation))
            ).one_or_none()
            if row is None or self._state(row) is not KeyState.ACTIVE:
                return None
            self._note_use(session, row.api_key_id, now.replace(second=0, microsecond=0))
            return self._view(row)

    # Parts

    def count_use(self, session: Session, api_key_id: UUID, now: datetime) -> None:
        """Part: counts a use of the key in the transaction of what it was used for (H-11, H-14).

        Locks the key's row until the end of the transaction: count last, after sessions and accounts are locked.
        """
        session.execute(
            update(ApiKeyRow)
            .where(ApiKeyRow.api_key_id == api_key_id)
            .values(usage_count=ApiKeyRow.usage_count + 1)
            .execution_options(synchronize_session=False)
        )

    # Inside

    def _make(self, session: Session, caller: Caller, draft: KeyDraft, secret: str) -> ApiKeyView:
        self._check_platforms(session, draft.platforms)
        self._check_expiry(draft.expire_time)
        statement = (
            insert(ApiKeyRow)
            .values(
                api_key_id=new_id(),
                name=draft.name,
                platforms=list(draft.platforms),
                prefix=shown_prefix(secret),
                secret_sha256=hash_of(secret),
                create_time=self._clock(),
                description=draft.description,
                rate_limit_per_minute=draft.rate_limit_per_minute,
                expire_time=draft.expire_time,
                created_by=caller.id,
                revoked_by="",
                usage_count=0,
                version=1,
            )
            .on_conflict_do_nothing(index_elements=["name"], index_where=ApiKeyRow.revoke_time.is_(None))
            .returning(ApiKeyRow)
        )
        row = session.scalars(statement).one_or_none()
        if row is None:
            raise ApiKeyNameTaken
        audit.record(session, caller, "api_key.created", row.api_key_id)
        return self._view(row)

    def _check_platforms(self, session: Session, platforms: Collection[str]) -> None:
        unknown = sorted(set(platforms) - self._platforms.names(session))
        if unknown:
            raise Invalid(
                f"there is no platform {unknown[0]!r}; create it first",
                reason="UNKNOWN_PLATFORM",
                field="platforms",
            )

    def _check_expiry(self, expire_time: datetime | None) -> None:
        if expire_time is not None and expire_time <= self._clock():
            raise Invalid("expire_time is past; revoke the key instead", reason="EXPIRE_TIME_PAST", field="expire_time")

    def _locked(self, session: Session, api_key_id: UUID) -> ApiKeyRow:
        row = session.get(ApiKeyRow, api_key_id, with_for_update={"key_share": True})
        if row is None:
            raise ApiKeyNotFound(api_key_id)
        return row

    def _living(self, session: Session, api_key_id: UUID) -> ApiKeyRow:
        """The key, locked, if it is not revoked."""
        row = self._locked(session, api_key_id)
        if row.revoke_time is not None:
            raise KeyRevoked
        return row

    def _tell(self, session: Session, caller: Caller, verb: str, api_key_id: UUID) -> None:
        audit.record(session, caller, verb, api_key_id)
        note(session, verb, self._clock(), api_key_id=api_key_id)

    def _written(self, session: Session, row: ApiKeyRow) -> ApiKeyView:
        row.version += 1
        try:
            session.flush()
        except IntegrityError as error:
            raise ApiKeyNameTaken from error
        return self._view(row)

    def _note_use(self, session: Session, api_key_id: UUID, minute: datetime) -> None:
        session.execute(
            update(ApiKeyRow)
            .where(
                ApiKeyRow.api_key_id == api_key_id,
                or_(ApiKeyRow.last_used_time.is_(None), ApiKeyRow.last_used_time < minute),
            )
            .values(last_used_time=minute)
            .execution_options(synchronize_session=False)
        )

    def _state(self, row: ApiKeyRow) -> KeyState:
        return key_state(
            revoke_time=row.revoke_time, expire_time=row.expire_time, pause_time=row.pause_time, now=self._clock()
        )

    def _view(self, row: ApiKeyRow, *, posting_count: int = 0) -> ApiKeyView:
        overlap = row.previous_secret_expire_time
        return ApiKeyView(
            api_key_id=row.api_key_id,
            name=row.name,
            platforms=tuple(row.platforms),
            prefix=row.prefix,
            state=self._state(row),
            create_time=row.create_time,
            last_used_time=row.last_used_time,
            revoke_time=row.revoke_time,
            description=row.description,
            rate_limit_per_minute=row.rate_limit_per_minute,
            expire_time=row.expire_time,
            created_by=row.created_by,
            revoked_by=row.revoked_by,
            usage_count=row.usage_count,
            previous_secret_expire_time=overlap if overlap and overlap > self._clock() else None,
            etag=_etag(row),
            posting_count=posting_count,
        )


def _etag(row: ApiKeyRow) -> str:
    return etag_of(row.api_key_id, row.version)
