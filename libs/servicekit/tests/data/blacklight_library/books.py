"""The rules of the library."""

from __future__ import annotations

import time
from collections.abc import Iterable
from uuid import UUID

from blacklight_servicekit import outbox, request_log
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import select, text, tuple_

from blacklight_library.contract import Book, CreateBookRequest, ListBooksResponse
from blacklight_library.models import BookRow, LoanRow


class Books:
    """What can be done with books; `made` counts how often one was really made."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.made = 0

    def create(self, caller: Caller, request: CreateBookRequest) -> Book:
        with self._database.transaction(caller.tenant) as session:

            def make() -> Book:
                self.made += 1
                row = BookRow(id=new_id(), tenant_id=caller.tenant, title=request.book.title, create_time=self._clock())
                session.add(row)
                session.flush()
                outbox.add(session, "book.created", {"book_id": str(row.id)}, tenant_id=caller.tenant)
                return Book(title=row.title)

            return request_log.once(
                session,
                caller,
                request_id=request.request_id,
                method="CreateBook",
                request=request,
                answer=Book,
                make=make,
            )

    def shelve(self, caller: Caller, titles: Iterable[str]) -> int:
        with self._database.transaction(caller.tenant) as session:
            rows = [
                BookRow(id=new_id(), tenant_id=caller.tenant, title=title, create_time=self._clock())
                for title in titles
            ]
            session.add_all(rows)
            return len(rows)

    def list(self, caller: Caller, page_size: int, page_token: str) -> ListBooksResponse:
        page = PageRequest.of(page_size, page_token, {"tenant": caller.tenant})
        wanted = select(BookRow.title, BookRow.id).order_by(BookRow.title, BookRow.id).limit(page.size + 1)
        if page.after:
            wanted = wanted.where(tuple_(BookRow.title, BookRow.id) > page.after)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(session.execute(wanted).all(), key=lambda row: (row.title, row.id))
        return ListBooksResponse(books=[Book(title=row.title) for row in rows], next_page_token=token)

    def sleep(self, caller: Caller, seconds: float) -> int:
        """Sleeps in the database; answers the time limit of its statements."""
        with self._database.transaction(caller.tenant) as session:
            limit = session.execute(text("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"))
            session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
            return int(limit.scalar_one())

    def hold(self, caller: Caller, seconds: float) -> None:
        """Works without the database."""
        time.sleep(seconds)

    def lend_nothing(self, caller: Caller, borrower: str) -> None:
        """Breaks a foreign key with a row that holds a name."""
        with self._database.transaction(caller.tenant) as session:
            session.add(LoanRow(id=new_id(), tenant_id=caller.tenant, book_id=UUID(int=0), borrower=borrower))
