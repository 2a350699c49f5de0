"""Scored pairs as records of PostgreSQL's binary COPY, made for all of them at once. Pure."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from blacklight_servicekit.ids import new_id_bytes

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
    rows["match"] = np.frombuffer(new_id_bytes(len(scored)), dtype=np.uint8).reshape(-1, 16)
    rows["candidate"], rows["profile_hash"] = bench.keys[scored.rows], bench.hashes[scored.rows]
    rows["posting"], rows["posting_hash"] = scored.postings, scored.hashes
    for number, part in enumerate(_PARTS):
        rows[part] = scored.parts[:, number]
    rows["matched"] = scored.matched[:, :width]
    rows["holds"][:, 0] = scored.holds
    return rows.tobytes()
