"""Transactions: of one tenant, or of the platform. Only `service.py` modules open them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from blacklight_servicekit import deadline, logs

log = logs.get(__name__)

_SCOPE = "blacklight_scope"


def _prefix_scope(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> tuple[str, Any]:
    """Sends the settings of a transaction together with its first statement.

    A round trip of their own would cost more than many a statement. `executemany` and server-side cursors can't
    carry a prefix: there the settings go ahead.
    """
    scope = connection.info.pop(_SCOPE, None)
    if scope is None:
        return statement, parameters
    if executemany or (context is not None and context.execution_options.get("stream_results")):
        with closing(connection.connection.cursor()) as ahead:
            ahead.execute(scope)
        return statement, parameters
    return scope + statement, parameters


def _engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,  # the text of an error must not show what a client sent
        connect_args={"connect_timeout": 5, "application_name": "blacklight"},
    )
    event.listen(engine, "before_cursor_execute", _prefix_scope, retval=True)
    return engine


def _roll_back(session: Session) -> None:
    """Rolls back; one that fails is logged and raised, with what led to it as its context."""
    try:
        session.rollback()
    except SQLAlchemyError as error:
        log.error("database.rollback_failed", error=type(error).__name__)
        raise


@contextmanager
def attempt(session: Session) -> Iterator[None]:
    """Part of a transaction that may be undone by itself: leaving by an exception undoes just this (a savepoint)."""
    with session.begin_nested():
        yield


class Database:
    """A service's own schema, through its two roles."""

    def __init__(self, app_url: str, platform_url: str, pool_size: int = 8) -> None:
        self._app = _engine(app_url, pool_size)
        self._platform = _engine(platform_url, pool_size)
        self.pool_size = pool_size
        self.platform_url = platform_url

    @contextmanager
    def transaction(self, tenant_id: UUID) -> Iterator[Session]:
        """One transaction that sees and writes this tenant's rows; leaving by an exception rolls back."""
        with self._scoped(self._app, str(UUID(int=tenant_id.int))) as session:
            yield session

    @contextmanager
    def platform_transaction(self) -> Iterator[Session]:
        """One transaction as the platform: for look-ups before a tenant is known, and work of no tenant."""
        with self._scoped(self._platform, "") as session:
            yield session

    @contextmanager
    def _scoped(self, engine: Engine, tenant: str) -> Iterator[Session]:
        with Session(engine, expire_on_commit=False) as session:
            info = session.connection().info
            info[_SCOPE] = (
                f"SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL statement_timeout = {deadline.remaining_ms()}; "
            )
            try:
                yield session
                session.commit()
            except BaseException:
                _roll_back(session)
                raise
            finally:
                info.pop(_SCOPE, None)  # a transaction without a statement must not leave it to the next one

    def dispose(self) -> None:
        """Closes every pooled connection."""
        self._app.dispose()
        self._platform.dispose()
