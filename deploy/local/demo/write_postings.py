"""Write `postings.jsonl` and `expected.json` from the content in `postings/`.

`python deploy/local/demo/write_postings.py` (needs PyYAML). A drawn posting that shares more than `LIMIT` of
its five-word sequences with an earlier one is drawn again. The same content gives the same bytes.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from board_manners import MANNERS
from expectations import write_expected
from long_posting import handbook
from planted_duplicates import Posting, plant
from posting_facts import BOARDS, Facts, bench_facts, read_yaml, stray_facts
from shingles import Shingles, overlap, shingles

POSTINGS = Path(__file__).parent / "postings.jsonl"
SEED = 20260417
LIMIT = 0.4
OPENINGS_PER_ROLE = 12
OPENINGS_PER_STRAY_ROLE = 4
STRAY_BOARDS = ("indeed", "monster", "linkedin", "glassdoor", "indeed", "dice", "monster", "techfetch")
FIELDS = (
    "key",
    "platform",
    "platform_job_id",
    "title",
    "company",
    "location",
    "description",
    "url",
    "salary_min",
    "salary_max",
    "salary_currency",
    "job_type",
    "experience_level",
    "posted_days_ago",
    "is_remote",
    "role_hint",
    "stray",
    "hostile",
    "duplicate_of",
)


def url(platform: str, key: str) -> str:
    return f"https://{platform}.example/jobs/{key}"


def new_id(draw: random.Random, platform: str) -> str:
    """An id in the board's own form."""
    number = draw.getrandbits(64)
    return {
        "linkedin": f"4{number % 10**9:09d}",
        "dice": f"{number:016x}-{number % 9973:04d}",
        "monster": f"m{number % 10**8:08d}",
        "indeed": f"{number:016x}",
        "glassdoor": f"JV_{number % 10**10}",
        "techfetch": f"J{number % 10**7:07d}",
    }[platform]


class Keys:
    """Numbers the postings of each board from 1."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()

    def next(self, platform: str) -> str:
        self._count[platform] += 1
        return f"{platform}-{self._count[platform]:04d}"


class Writer:
    """Collects postings that differ enough from all before them."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.keys = Keys()
        self.postings: list[Posting] = []
        self._seen: list[Shingles] = []
        self._openings: set[tuple[str, str, str]] = set()

    def add_handwritten(self, row: dict[str, Any]) -> None:
        """A posting whose words are given; it may not repeat an earlier one either."""
        if not self._is_new(shingles(row["description"]), limit=0.5):
            raise ValueError(f"{row['key']} repeats an earlier posting")
        days = self.draw.randrange(0, 12)
        self.postings.append(
            {
                "platform_job_id": new_id(self.draw, row["platform"]),
                "url": url(row["platform"], row["key"]),
                "posted_days_ago": days,
                "is_remote": False,
                "stray": False,
            }
            | {name: value for name, value in row.items() if name in FIELDS}
        )

    def add_opening(self, platform: str, draw_facts: Any) -> None:
        """Draw and word an opening until it is unlike the others."""
        for _ in range(400):
            facts: Facts = draw_facts()
            description = MANNERS[platform](facts, self.draw)
            opening = (facts.title, facts.company, facts.place)
            if opening not in self._openings and self._is_new(shingles(description), limit=LIMIT):
                self._openings.add(opening)
                self.postings.append(self._posting(platform, facts, description))
                return
        raise RuntimeError(f"the pools of {facts.role} on {platform} are too small")

    def _is_new(self, words: Shingles, limit: float) -> bool:
        if any(overlap(words, other) > limit for other in self._seen):
            return False
        self._seen.append(words)
        return True

    def _posting(self, platform: str, facts: Facts, description: str) -> Posting:
        key = self.keys.next(platform)
        posting: Posting = {
            "key": key,
            "platform": platform,
            "platform_job_id": None if self.draw.random() < 0.08 else new_id(self.draw, platform),
            "title": facts.title.upper() if platform == "techfetch" else facts.title,
            "company": facts.agency if facts.contract and platform in ("dice", "techfetch") else facts.company,
            "location": f"{facts.place} (Remote)" if facts.remote else facts.place,
            "description": description,
            "url": url(platform, key),
            "posted_days_ago": self.draw.randrange(0, 25),
            "job_type": "Contract" if facts.contract else "Full-time",
            "is_remote": facts.remote,
            "role_hint": facts.role,
            "stray": facts.stray,
        }
        if not facts.contract and self.draw.random() < 0.6:
            posting |= {
                "salary_min": facts.salary,
                "salary_max": facts.salary + 14_000,
                "salary_currency": "USD",
            }
        if platform in ("linkedin", "glassdoor"):
            posting["experience_level"] = (
                "Entry level" if facts.years < 3 else ("Associate" if facts.years < 5 else "Mid-Senior level")
            )
        return posting


def write(draw: random.Random) -> list[Posting]:
    """All postings in streaming order, each duplicate somewhere after its original."""
    writer = Writer(draw)
    settings = read_yaml("settings.yaml")
    for name in ("expected.yaml", "near_misses.yaml", "thin.yaml"):
        for row in read_yaml(name):
            writer.add_handwritten(row)
    for row in read_yaml("hostile.yaml"):
        writer.add_handwritten(row | {"hostile": True})
    writer.add_handwritten(
        {
            "key": "monster-0973",
            "platform": "monster",
            "title": "Records Clerk",
            "company": "Knollwood Bend Archive",
            "location": "Albany, NY",
            "role_hint": "Records Clerk",
            "stray": True,
            "hostile": True,
            "description": handbook(draw),
        }
    )
    for place, occupation in enumerate(read_yaml("bench_occupations.yaml")):
        for turn in range(OPENINGS_PER_ROLE):
            board = BOARDS[(turn + place) % len(BOARDS)]
            if occupation.get("kind", "tech") != "tech" and board == "techfetch":
                board = "indeed"
            writer.add_opening(board, lambda o=occupation, t=turn: bench_facts(draw, o, t, settings))
    for place, occupation in enumerate(read_yaml("stray_occupations.yaml")):
        for turn in range(OPENINGS_PER_STRAY_ROLE):
            board = STRAY_BOARDS[(turn + place) % len(STRAY_BOARDS)]
            writer.add_opening(board, lambda o=occupation: stray_facts(draw, o, settings))
    rows = writer.postings
    draw.shuffle(rows)
    # The handwritten ones are named by their keys in the expectations and must be stored under their own ids.
    drawn = [row for row in rows if row["key"] < f"{row['platform']}-0900"]
    for copy in plant(draw, drawn, writer.keys.next, new_id, BOARDS, url):
        first = next(at for at, row in enumerate(rows) if row["key"] == copy["duplicate_of"])
        rows.insert(draw.randint(first + 1, len(rows)), copy)
    return rows


def main() -> None:
    """Write both files."""
    rows = write(random.Random(SEED))
    ordered = [{name: row[name] for name in FIELDS if name in row} for row in rows]
    lines = [json.dumps(row, ensure_ascii=False) for row in ordered]
    POSTINGS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_expected(ordered)


if __name__ == "__main__":
    main()
