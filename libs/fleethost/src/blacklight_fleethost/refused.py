"""Batches that the platform refuses for good, kept aside: nothing is dropped silently (F-15).

Each is a JSON file of postings, as the reader `folder` reads them, so that they can be delivered anew.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from google.protobuf.message import DecodeError

from blacklight_fleethost.atomic import replace_file
from blacklight_fleethost.spool import SpooledBatch

FOLDER = "refused"
MOST_BYTES = 200_000_000


class Refused:
    """The refused batches of one host; the oldest go when there are more than 200 MB (None: kept nowhere)."""

    def __init__(self, folder: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder / FOLDER if folder else None
        self._most_bytes = most_bytes

    def keep(self, batch: SpooledBatch, reason: str) -> str:
        """Sets a batch aside. Returns what became of it, for people."""
        try:
            drafts = PostingDrafts.FromString(batch.drafts).postings
        except DecodeError:
            return f"{reason}; its content is damaged"
        if self._folder is None:
            return f"{reason}; {len(drafts)} postings are lost, as the host has no folder"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns()}-{batch.session_id}-{batch.sequence}.json"
        content = {
            "session_id": batch.session_id,
            "sequence": batch.sequence,
            "reason": reason,
            "postings": [{"platform": batch.platform, **_fields(draft)} for draft in drafts],
        }
        replace_file(path, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
        gone = self._make_room()
        return f"{reason}; {len(drafts)} postings are in {path.name}" + (f"; {gone} older files went" if gone else "")

    def _make_room(self) -> int:
        assert self._folder is not None, "called after something was kept"
        files = sorted(self._folder.glob("*.json"), key=lambda file: int(file.name.partition("-")[0]))
        sizes = [file.stat().st_size for file in files]
        total, gone = sum(sizes), 0
        for file, size in zip(files[:-1], sizes[:-1], strict=True):
            if total <= self._most_bytes:
                break
            file.unlink()
            total, gone = total - size, gone + 1
        return gone


def _fields(draft: PostingDraft) -> dict[str, object]:
    return {field.name: value for field, value in draft.ListFields()}
