"""Where the bytes of files are: an object store by URL. Keys are ours, immutable, and never named by clients (P-03)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import obstore
from blacklight_servicekit.errors import NotFound, Unavailable
from obstore.exceptions import BaseError
from obstore.store import from_url

CHUNK_BYTES = 256 * 1024
_KEY = re.compile(r"tenants/([0-9a-f-]{36})/resumes/([0-9a-f-]{36})")


def resume_key(tenant_id: UUID, resume_id: UUID) -> str:
    """The key of a resume's file."""
    return f"tenants/{tenant_id}/resumes/{resume_id}"


def ids_of(key: str) -> tuple[UUID, UUID] | None:
    """Tenant and resume of a key, or None for a key that is not one of ours."""
    match = _KEY.fullmatch(key)
    return (UUID(match.group(1)), UUID(match.group(2))) if match else None


class FileStore:
    """A folder (`file://`), or a bucket of S3, Google Cloud or Azure; credentials by their usual environment."""

    def __init__(self, url: str) -> None:
        if url.startswith("file:"):
            # Resumes are nobody else's business on a shared machine.
            Path(unquote(urlsplit(url).path)).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = from_url(url)

    def put(self, key: str, data: bytes) -> None:
        """Writes a new object, whole or not at all. Raises Unavailable."""
        with _answering():
            obstore.put(self._store, key, data, mode="create")

    def get(self, key: str) -> bytes:
        """The object. Raises NotFound (FILE_MISSING), Unavailable."""
        with _answering():
            return bytes(obstore.get(self._store, key).bytes())

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The object in chunks of at most 256 KiB. Raises NotFound (FILE_MISSING), Unavailable."""
        with _answering():
            found = await obstore.get_async(self._store, key)
            async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
                data = bytes(piece)
                for start in range(0, len(data), CHUNK_BYTES):
                    yield data[start : start + CHUNK_BYTES]

    def delete(self, key: str) -> None:
        """Deletes the object; an absent one is a success. Raises Unavailable."""
        try:
            with _answering():
                obstore.delete(self._store, key)
        except NotFound:
            return

    def keys_before(self, time: datetime) -> Iterator[str]:
        """Keys of objects written before a time. Raises Unavailable."""
        with _answering():
            for page in obstore.list(self._store, "tenants"):
                yield from (meta["path"] for meta in page if meta["last_modified"] < time)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("the stored file is missing", reason="FILE_MISSING") from error
    except (BaseError, OSError) as error:
        raise Unavailable("the file store does not answer; try again", reason="STORE_UNAVAILABLE") from error
