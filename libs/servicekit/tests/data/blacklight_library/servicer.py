"""The library's RPCs."""

from __future__ import annotations

import contextvars
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from blacklight_servicekit import errors, rpc
from blacklight_servicekit.caller import Caller
from google.protobuf.empty_pb2 import Empty

from blacklight_library import contract
from blacklight_library.books import Books

MARK: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="")


class LibraryServicer:
    service = contract.SERVICE

    def __init__(self, books: Books) -> None:
        self._books = books
        self.callers: list[Caller] = []
        self.closed_streams = 0

    def CreateBook(self, request: Any, caller: Caller) -> Any:
        self.callers.append(caller)
        return self._books.create(caller, request)

    def ListBooks(self, request: Any, caller: Caller) -> Any:
        self.callers.append(caller)
        return self._books.list(caller, request.page_size, request.page_token)

    async def ShelveBooks(self, messages: AsyncIterator[Any], caller: Caller) -> Any:
        titles = [book.title async for book in messages]
        return contract.ShelveBooksResponse(count=await rpc.blocking(self._books.shelve, caller, titles))

    async def ReadBook(self, request: Any, caller: Caller) -> AsyncIterator[Any]:
        await rpc.set_initial_metadata((("content-language", "la"),))
        try:
            for number in range(request.pages):
                MARK.set(request.title)
                yield contract.Page(text=f"{request.title} {number} {await rpc.blocking(MARK.get)}")
        finally:
            self.closed_streams += 1

    async def Attend(self, messages: AsyncIterator[Any], caller: Caller) -> AsyncIterator[Any]:
        try:
            yield contract.Page(text=f"welcome {caller.id}")
            async for page in messages:
                if page.text == "explode":
                    raise RuntimeError("this text stays inside")
                yield contract.Page(text=page.text.upper())
        finally:
            self.closed_streams += 1

    def Audit(self, request: Empty, caller: Caller) -> Empty:
        return Empty()

    def OpeningHours(self, request: Any, caller: Caller) -> Any:
        if request.mine.startswith("fail"):
            raise RuntimeError(request.mine)
        found = MARK.get()
        MARK.set(request.mine)
        time.sleep(0.002)
        return contract.Context(mine=MARK.get(), found=found)

    def HoldOpen(self, request: Any, caller: Caller) -> Any:
        Path(request.mine).touch()
        while Path(request.mine).exists():
            time.sleep(0.01)
        return contract.Context(found="done")

    def Misbehave(self, request: Any, caller: Caller) -> Any:
        kind = getattr(errors, request.how, None)
        if kind is not None:
            raise kind("words for people", reason="A_REASON", field="how", metadata={"shelf": "7"})
        if request.how == "sleep":
            return contract.MisbehaveResponse(statement_timeout_ms=self._books.sleep(caller, request.seconds))
        if request.how == "hold":
            self._books.hold(caller, request.seconds)
        if request.how == "status":
            rpc.set_http_status(int(rpc.header(request.words)))
        if request.how == "unexpected":
            raise RuntimeError(request.words)
        if request.how == "chained":
            try:
                raise KeyError(request.words)
            except KeyError as error:
                raise RuntimeError(request.words) from error
        if request.how == "foreign_key":
            self._books.lend_nothing(caller, request.words)
        return contract.MisbehaveResponse()
