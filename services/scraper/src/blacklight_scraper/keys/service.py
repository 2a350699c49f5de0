"""API keys: made, listed, revoked, recognised (spec 2.4, 3.17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from blacklight.scraper.v1.api_key_pb2 import ApiKey
from blacklight.scraper.v1.api_key_service_pb2 import CreateApiKeyRequest, CreateApiKeyResponse
from blacklight_servicekit import audit, request_log
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, Invalid, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.keys.models import ApiKeyRow
from blacklight_scraper.keys.secret import hash_of, secret_of, shown_prefix
from blacklight_scraper.keys.views import ApiKeyView
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


class ApiKeys:
    """The keys of scraper hosts."""

    def __init__(self, database: Database, platforms: Platforms, clock: Clock, random: Callable[[], bytes]) -> None:
        self._database = database
        self._platforms = platforms
        self._clock = clock
        self._random = random

    def create(
        self, caller: Caller, *, request: CreateApiKeyRequest, encode: Callable[[ApiKeyView], ApiKey]
    ) -> CreateApiKeyResponse:
        """A new key with its secret; a repeated request answers the same key without it, as it is stored nowhere.

        Raises Invalid (UNKNOWN_PLATFORM), ApiKeyNameTaken and Conflict (REQUEST_ID_REUSED).
        """
        secret = secret_of(self._random())
        made: list[ApiKeyView] = []
        with self._database.platform_transaction() as session:

            def make() -> CreateApiKeyResponse:
                made.append(self._make(session, caller, request.name, list(request.platforms), secret))
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

    def _make(self, session: Session, caller: Caller, name: str, platforms: list[str], secret: str) -> ApiKeyView:
        unknown = sorted(set(platforms) - self._platforms.names(session))
        if unknown:
            raise Invalid(
                f"there is no platform {unknown[0]!r}; create it first",
                reason="UNKNOWN_PLATFORM",
                field="platforms",
            )
        statement = (
            insert(ApiKeyRow)
            .values(
                api_key_id=new_id(),
                name=name,
                platforms=platforms,
                prefix=shown_prefix(secret),
                secret_sha256=hash_of(secret),
                create_time=self._clock(),
                description="",
                rate_limit_per_minute=600,
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
        return _view(row)

    def get(self, caller: Caller, *, api_key_id: UUID) -> ApiKeyView:
        """One key. Raises ApiKeyNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(ApiKeyRow, api_key_id)
            if row is None:
                raise ApiKeyNotFound(api_key_id)
            return _view(row)

    def list_keys(self, caller: Caller, *, page_size: int, page_token: str) -> tuple[list[ApiKeyView], str]:
        """Keys, newest first."""
        page = PageRequest.of(page_size, page_token, {"list": "api_keys"})
        statement = select(ApiKeyRow).order_by(ApiKeyRow.create_time.desc(), ApiKeyRow.api_key_id.desc())
        if page.after is not None:
            statement = statement.where(tuple_(ApiKeyRow.create_time, ApiKeyRow.api_key_id) < tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.create_time, row.api_key_id))
            return [_view(row) for row in rows], token

    def revoke(self, caller: Caller, *, api_key_id: UUID) -> ApiKeyView:
        """Refuses the key for ever; a revoked one stays as it is (P-16). Raises ApiKeyNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(ApiKeyRow, api_key_id, with_for_update=True)
            if row is None:
                raise ApiKeyNotFound(api_key_id)
            if row.revoke_time is None:
                row.revoke_time = self._clock()
                audit.record(session, caller, "api_key.revoked", api_key_id)
            return _view(row)

    def find_by_hash(self, secret_sha256: bytes) -> ApiKeyView | None:
        """The key with this hash unless revoked; notes the use, to the minute."""
        minute = self._clock().replace(second=0, microsecond=0)
        with self._database.platform_transaction() as session:
            row = session.scalars(
                select(ApiKeyRow).where(ApiKeyRow.secret_sha256 == secret_sha256, ApiKeyRow.revoke_time.is_(None))
            ).one_or_none()
            if row is None:
                return None
            self._note_use(session, row.api_key_id, minute)
            return _view(row)

    def is_active(self, api_key_id: UUID) -> bool:
        """Whether the key still admits its host."""
        with self._database.platform_transaction() as session:
            found = session.scalar(
                select(ApiKeyRow.api_key_id).where(ApiKeyRow.api_key_id == api_key_id, ApiKeyRow.revoke_time.is_(None))
            )
            return found is not None

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


def _view(row: ApiKeyRow) -> ApiKeyView:
    return ApiKeyView(
        api_key_id=row.api_key_id,
        name=row.name,
        platforms=tuple(row.platforms),
        prefix=row.prefix,
        create_time=row.create_time,
        last_used_time=row.last_used_time,
        revoke_time=row.revoke_time,
    )
