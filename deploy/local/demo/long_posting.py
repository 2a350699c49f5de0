"""A description of 20 kB: the employee handbook somebody pasted into an advertisement."""

from __future__ import annotations

import random

WHO = (
    "the records clerk",
    "any visitor",
    "a department head",
    "the night porter",
    "each volunteer",
    "the archivist",
    "the mail room",
    "a borrower",
    "the duty officer",
    "the binder",
    "every temporary worker",
    "the registrar",
    "the keeper of keys",
    "the copy desk",
    "an outside courier",
    "the safety warden",
)
WHAT = (
    "shall file",
    "may not remove",
    "must countersign",
    "returns",
    "weighs",
    "stamps in violet",
    "shelves by year",
    "reports",
    "wraps in acid-free paper",
    "reads aloud",
    "initials",
    "photographs",
    "replaces",
    "indexes",
    "dusts",
)
THING = (
    "the parish maps",
    "form nineteen",
    "the gray ledgers",
    "all unbound folders",
    "the lost property list",
    "one box of microfilm",
    "the visitor book",
    "deeds older than the railway",
    "the spare lamp",
    "glass negatives",
    "letters without stamps",
    "the fire plan",
    "the ladder inspection card",
    "damp volumes",
    "survey notebooks",
)
WHEN = (
    "before the bell",
    "on the first working day of a month",
    "unless it rains",
    "in the presence of a witness",
    "within two hours",
    "when the reading room is empty",
    "after the annual count",
    "by hand only",
    "without ink",
    "except in August",
    "at the lower desk",
    "upon written request",
    "and notes the temperature",
    "twice",
)


def handbook(draw: random.Random, size: int = 20_000) -> str:
    """At least `size` characters of numbered clauses."""
    lines = ["The county archive seeks a records clerk. Please read the whole handbook before applying."]
    length, number = len(lines[0]), 0
    while length < size:
        number += 1
        clause = f"{draw.choice(WHO)} {draw.choice(WHAT)} {draw.choice(THING)} {draw.choice(WHEN)}"
        lines.append(f"Section {number // 12 + 1}.{number % 12 + 1}: {clause}.")
        length += len(lines[-1]) + 1
    return "\n".join(lines)
