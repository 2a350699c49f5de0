"""A relay of bytes between a client and a server, which cuts connections and may hold replies back: then what was asked
is done, and nobody learns of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager


class ByteRelay:
    """Replies pass while `open` is set. Each connection in turn ends after so many bytes from the client, while there
    are `cuts` left. `cut` ends every connection; both ends see a reset.
    """

    def __init__(self, address: str, cuts: Sequence[int]) -> None:
        self._host, port = address.rsplit(":", 1)
        self._port = int(port)
        self._cuts = list(cuts)
        self._writers: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None] | None] = set()
        self.open = asyncio.Event()
        self.open.set()
        self.address = ""

    def cut(self) -> None:
        """What was held back is gone."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def close(self) -> None:
        """Ends every connection, and waits for their ends."""
        self.open.set()
        self.cut()
        await asyncio.gather(*filter(None, self._connections), return_exceptions=True)

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relays one connection."""
        self._connections.add(asyncio.current_task())
        left = self._cuts.pop(0) if self._cuts else None
        self._writers.add(writer)
        try:
            there_reader, there_writer = await asyncio.open_connection(self._host, self._port)
            self._writers.add(there_writer)
            ends = (writer, there_writer)
            try:
                await asyncio.gather(
                    self._pump(reader, there_writer, ends, left), self._pump(there_reader, writer, ends, held=True)
                )
            finally:
                self._writers.discard(there_writer)
        except OSError:
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            self._connections.discard(asyncio.current_task())

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: Sequence[asyncio.StreamWriter],
        left: int | None = None,
        *,
        held: bool = False,
    ) -> None:
        """Copies until the end, or until `left` bytes have passed; then it is the end of both directions."""
        with contextlib.suppress(OSError):
            while data := await reader.read(65536 if left is None else left):
                if held:
                    await self.open.wait()
                writer.write(data)
                await writer.drain()
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        break
        for end in ends:
            end.transport.abort()


@asynccontextmanager
async def byte_relay(address: str, cuts: Sequence[int] = ()) -> AsyncIterator[ByteRelay]:
    """A relay to `address`, at work at its own."""
    made = ByteRelay(address, cuts)
    server = await asyncio.start_server(made.connection, "127.0.0.1", 0)
    made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await made.close()
