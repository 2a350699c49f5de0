"""A file of postings sent through the gateway in pieces, and its import followed to the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from blacklight_local.demo.api import Api, CallFailed, Json

PIECE = 8 * 1024 * 1024
"""Bytes of a request; the gateway takes 10 MB."""
LOOK_SECONDS = 0.5
WAITING = "RUN_STATE_WAITING"
Told = Callable[[int], object]


class FileChanged(Exception):
    """The file is shorter than what is kept of it."""


class SentImport:
    """One import of a file; it can be gone on with from wherever it was cut off."""

    def __init__(self, api: Api, import_id: str) -> None:
        self._api = api
        self.import_id = import_id
        self._path = f"/v1/posting-imports/{import_id}"

    @classmethod
    def create(cls, api: Api, file: Path, platform: str, charset: str, *, update_existing: bool) -> SentImport:
        """Begins an import."""
        body = {
            "platform": platform,
            "file_name": file.name,
            "charset": f"POSTING_FILE_CHARSET_{charset.upper().replace('-', '_')}",
            "update_existing": update_existing,
        }
        return cls(api, str(api.post("/v1/posting-imports", body)["import_id"]))

    def look(self) -> Json:
        """How it stands."""
        return self._api.get(self._path)

    def send(self, file: Path, told: Told) -> None:
        """Sends what is not kept yet and says that the file is complete; `told` hears how many bytes are kept.

        A piece that fails is sent again while at least some of it is kept each time. Raises CallFailed, FileChanged.
        """
        size, kept = file.stat().st_size, self._kept()
        if kept > size:
            raise FileChanged(f"{kept} bytes are kept, but the file has {size}; is it another one?")
        told(kept)
        with file.open("rb") as opened:
            while kept < size:
                opened.seek(kept)
                kept = self._send_piece(opened.read(PIECE), kept)
                told(kept)
        self._api.post(f"{self._path}:start", {"size_bytes": size})

    def follow(self, told: Told) -> Json:
        """How it stands once it has ended; `told` hears how many bytes are worked off."""
        while True:
            found = self.look()
            told(int(found["run"]["done"]))
            if found["run"].get("end_time"):
                return found
            time.sleep(LOOK_SECONDS)

    def rows(self, outcome: str = "") -> Iterator[Json]:
        """What became of the rows, in their order; of one outcome, or of all."""
        asked = {"outcome": f"POSTING_IMPORT_OUTCOME_{outcome}"} if outcome else {}
        return self._api.pages(f"{self._path}/rows", "rows", **asked)

    def _send_piece(self, piece: bytes, offset: int) -> int:
        try:
            answer = self._api.upload(f"{self._path}/file", piece, "application/octet-stream", offset=offset)
            return int(answer["received_bytes"])
        except (CallFailed, httpx.HTTPError):
            kept = self._kept()
            if kept <= offset:
                raise
            return kept

    def _kept(self) -> int:
        return int(self.look()["received_bytes"])
