"""Postings that repeat an earlier one: same id, other board, other case, spacing or markup, no id."""

from __future__ import annotations

import html
import random
from collections.abc import Callable
from typing import Any

Posting = dict[str, Any]


def shouted(posting: Posting) -> Posting:
    return posting | {"title": posting["title"].upper(), "description": posting["description"].upper()}


def lowered(posting: Posting) -> Posting:
    return posting | {name: posting[name].lower() for name in ("title", "company", "description")}


def spaced(posting: Posting) -> Posting:
    """Ragged spacing: words two or three blanks apart, paragraphs several lines apart."""
    words = posting["description"].replace(" ", "  ").replace("\n", " \n\n\t")
    return posting | {
        "title": f"  {posting['title'].replace(' ', '   ')} ",
        "description": f"\n\n {words} \n",
    }


def marked_up(posting: Posting) -> Posting:
    """Each line in a paragraph of HTML, with character references."""
    lines = [line for line in posting["description"].split("\n") if line.strip()]
    body = "".join(f'<p class="job">{html.escape(line)}</p>\n' for line in lines)
    return posting | {"description": f'<div id="description">\n{body}</div>'}


def unchanged(posting: Posting) -> Posting:
    return dict(posting)


PLAN: tuple[tuple[str, Callable[[Posting], Posting]], ...] = (
    ("same id", unchanged),
    ("same id", unchanged),
    ("same id", shouted),
    ("same id", marked_up),
    ("same id", unchanged),
    ("other board", unchanged),
    ("other board", unchanged),
    ("other board", lowered),
    ("other board", spaced),
    ("other board", marked_up),
    ("other board", shouted),
    ("other id", shouted),
    ("other id", spaced),
    ("other id", marked_up),
    ("other id", lowered),
    ("no id", unchanged),
    ("no id", spaced),
    ("no id", unchanged),
)


def plant(
    draw: random.Random,
    postings: list[Posting],
    next_key: Callable[[str], str],
    new_id: Callable[[random.Random, str], str],
    boards: tuple[str, ...],
    url: Callable[[str, str], str],
) -> list[Posting]:
    """One duplicate per line of the plan, each of a different one of `postings`."""
    with_id = draw.sample([row for row in postings if row["platform_job_id"]], len(PLAN))
    without_id = [row for row in postings if not row["platform_job_id"]]
    duplicates = []
    for how, change in PLAN:
        original = without_id.pop(0) if how == "no id" else with_id.pop(0)
        copy = change(original)
        copy["duplicate_of"] = original["key"]
        if how == "other board":
            copy["platform"] = draw.choice([board for board in boards if board != original["platform"]])
        copy["key"] = next_key(copy["platform"])
        if how in ("other board", "other id"):
            copy["platform_job_id"] = new_id(draw, copy["platform"])
            copy["url"] = url(copy["platform"], copy["key"])
        copy["posted_days_ago"] = max(0, original["posted_days_ago"] - draw.randrange(3))
        duplicates.append(copy)
    return duplicates
