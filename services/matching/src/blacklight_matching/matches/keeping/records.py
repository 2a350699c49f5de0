"""Scored pairs as records of PostgreSQL's binary COPY, made for all of them at once. Pure."""

from __future__ import annotations

import io
import os
import time
from typing import Any

import numpy as np

from blacklight_matching.blocks import Keys
from blacklight_matching.matches.keeping.best import Scored
from blacklight_matching.profiles.bench import Bench

_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_PARTS = ("score", "skills_score", "experience_score", "semantic_score", "confidence")


def records(scored: Scored, bench: Bench) -> io.BytesIO:
    """The data of `COPY scored FROM STDIN (FORMAT binary)`, columns as in `sql.SCORED`; UNKNOWN stays -1."""
    data = io.BytesIO()
    data.write(_HEAD)
    for width in np.unique(scored.widths):
        data.write(_of_width(scored.take(scored.widths == width), bench, int(width)))
    data.write(_END)
    data.seek(0)
    return data


def _of_width(scored: Scored, bench: Bench, width: int) -> bytes:
    fields = [("match", 16), ("candidate", 16), ("posting", 16), *((part, 2) for part in _PARTS)]
    fields += [("matched", width), ("profile_hash", 16), ("posting_hash", 16), ("holds", 1)]
    layout: list[Any] = [("fields", ">i2")]
    for name, size in fields:
        layout += [(f"size_{name}", ">i4"), (name, ">i2") if name in _PARTS else (name, "u1", (size,))]
    rows = np.zeros(len(scored), dtype=layout)
    rows["fields"] = len(fields)
    for name, size in fields:
        rows[f"size_{name}"] = size
    rows["match"] = new_ids(len(scored))
    rows["candidate"], rows["profile_hash"] = bench.keys[scored.rows], bench.hashes[scored.rows]
    rows["posting"], rows["posting_hash"] = scored.postings, scored.hashes
    for number, part in enumerate(_PARTS):
        rows[part] = scored.parts[:, number]
    rows["matched"] = scored.matched[:, :width]
    rows["holds"][:, 0] = scored.holds
    return rows.tobytes()


def new_ids(count: int) -> Keys:
    """New UUIDv7, ascending, 16 bytes a row: one by one, each would cost more than the record that it is for.

    After the milliseconds comes a counter of 26 bits that begins anywhere in its lower half, then 48 bits by chance
    (RFC 9562, 6.2, method 1).
    """
    ids = np.empty((count, 16), dtype=np.uint8)
    ids[:, :6] = np.frombuffer((time.time_ns() // 1_000_000).to_bytes(6), dtype=np.uint8)
    counter = int.from_bytes(os.urandom(4)) % 2**25 + np.arange(count)
    ids[:, 6], ids[:, 7] = 0x70 | counter >> 22, counter >> 14 & 0xFF
    ids[:, 8], ids[:, 9] = 0x80 | counter >> 8 & 0x3F, counter & 0xFF
    ids[:, 10:] = np.frombuffer(os.urandom(6 * count), dtype=np.uint8).reshape(count, 6)
    return ids
