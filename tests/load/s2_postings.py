"""Postings of real size for S2: sentences of the demonstration's postings, mixed anew, 3,000 characters each.

A batch is made from a template by writing new numbers where the template has a marker (board id, text and address), so
every posting has an id and a content of its own, and the maker costs next to nothing while the clock runs.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

from blacklight.matching.v1 import posting_pb2

SIZE = 3_000
_MARKER = "zq0000000000"
_SOURCE = Path("deploy/local/demo/postings.jsonl")
_SENTENCE = re.compile(r"[^.\n]{20,300}\.")


def sentences(root: Path) -> list[str]:
    """The distinct sentences of the demonstration's postings, in order."""
    lines = (root / _SOURCE).read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["description"] for line in lines]
    return sorted({found.strip() for text in texts for found in _SENTENCE.findall(text)})


def make_draft(chance: random.Random, known: list[str], marker: str) -> posting_pb2.PostingDraft:
    """A posting of `SIZE` characters that says `marker` in its id, its text and its address."""
    said = [f"Asked for by team {marker}."]
    while sum(map(len, said)) + len(said) < SIZE:
        said.append(chance.choice(known))
    return posting_pb2.PostingDraft(
        platform_job_id=f"b-{marker}",
        title=f"{chance.choice(('Senior', 'Junior', 'Lead', 'Staff'))} Engineer {chance.randrange(97)}",
        company=f"Company {chance.randrange(1009)} Inc.",
        location="Dallas, TX",
        description=" ".join(said)[:SIZE],
        url=f"https://bench.example/jobs/{marker}",
        posted_date="2026-11-01",
    )


@dataclass(frozen=True)
class Template:
    """A serialised PostingDrafts, cut at its markers."""

    pieces: list[bytes]

    @staticmethod
    def of(drafts: list[posting_pb2.PostingDraft]) -> Template:
        """Cuts a batch of drafts made with the marker."""
        whole = posting_pb2.PostingDrafts(postings=drafts).SerializeToString()
        pieces = whole.split(_MARKER.encode())
        assert len(pieces) == 3 * len(drafts) + 1, "a text holds the marker by accident"
        return Template(pieces)

    def batch(self, first: int) -> bytes:
        """The batch with the numbers from `first` on in place of the markers."""
        rows = range(first, first + len(self.pieces) // 3)
        numbers = [number for row in rows for number in (b"zq%010d" % row,) * 3]
        whole: list[bytes] = [b""] * (2 * len(numbers) + 1)
        whole[0::2] = self.pieces
        whole[1::2] = numbers
        return b"".join(whole)


def templates(root: Path, *, count: int, rows: int, seed: int) -> list[Template]:
    """As many templates of as many rows."""
    chance = random.Random(seed)
    known = sentences(root)
    return [Template.of([make_draft(chance, known, _MARKER) for _ in range(rows)]) for _ in range(count)]


def checksum(drafts: bytes) -> bytes:
    """What a host sends with a batch."""
    return hashlib.sha256(drafts).digest()
