"""What the demo works on: résumés, postings and, for its own data, what must come out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {".pdf": "application/pdf", ".docx": DOCX}
# What a board would not send: the file's own marks.
MARKS = ("key", "posted_days_ago", "hostile", "duplicate_of")


class BadMaterial(Exception):
    """A file that the demo was given can't be used; the message says which and why."""


@dataclass(frozen=True)
class Person:
    """One of the people whose best matches are known."""

    resume: str
    name: str
    in_top_5: str
    not_in_top_50: str


@dataclass(frozen=True)
class Expected:
    """What must come out: keys are those of the postings file."""

    people: Sequence[Person] = ()
    reported: Sequence[str] = ()
    explained: tuple[str, str] | None = None
    distinct: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Material:
    """Résumé files, posting lines as read, and what is expected (nothing, for anybody's own files)."""

    resumes: Sequence[Path]
    postings: Sequence[dict[str, Any]]
    expected: Expected = field(default_factory=Expected)

    @property
    def platforms(self) -> list[str]:
        """Names of the boards, sorted."""
        return sorted({str(line["platform"]) for line in self.postings})

    def groups(self) -> list[list[dict[str, Any]]]:
        """Each original with its planted duplicates."""
        made: dict[str, list[dict[str, Any]]] = {}
        for number, line in enumerate(self.postings):
            made.setdefault(line.get("duplicate_of") or line.get("key") or str(number), []).append(line)
        return list(made.values())

    def url_of(self, key: str) -> str:
        """The address of a posting by its key."""
        return next(str(line["url"]) for line in self.postings if line.get("key") == key)

    def write_feed(self, file: Path, today: date, roles: Sequence[str]) -> None:
        """Writes the lines as a board would give them: relative days as dates, the file's marks left out.

        A line that names no role is given one of `roles`, the one in its title or else each in turn: so every line is
        found by one search, once.
        """
        with file.open("w", encoding="utf-8") as out:
            for number, line in enumerate(self.postings):
                sent = {name: value for name, value in line.items() if name not in MARKS}
                if roles and not line.get("role_hint") and not line.get("stray"):
                    named = (role for role in roles if role.casefold() in line["title"].casefold())
                    sent["role_hint"] = next(named, roles[number % len(roles)])
                if line.get("posted_days_ago") is not None:
                    sent["posted_date"] = (today - timedelta(days=int(line["posted_days_ago"]))).isoformat()
                out.write(json.dumps(sent, ensure_ascii=False) + "\n")


def media_type(file: Path) -> str:
    """The media type to upload a résumé with."""
    return TYPES[file.suffix.lower()]


def own(folder: Path) -> Material:
    """The demo's own data. Raises BadMaterial where it is not there."""
    if not (folder / "expected.json").is_file():
        raise BadMaterial(f"the demo's data is not at {folder}; run it from a clone of the repository")
    said = json.loads((folder / "expected.json").read_text())
    people = [
        Person(person["resume"], person["name"], person["must_be_in_top_5"], person["must_not_be_in_top_50"])
        for person in said["people"]
    ]
    by_email = {person["email"]: person["resume"] for person in said["people"]}
    expected = Expected(
        people,
        [by_email[email] for email in said["report"]],
        (by_email[said["explained"]["email"]], said["explained"]["posting"]),
        [(one, other) for one, other in said["distinct"]],
    )
    return Material(_resumes(folder / "resumes"), _postings(folder / "postings.jsonl"), expected)


def given(resumes: Path, postings: Path) -> Material:
    """Anybody's files, without expectations. Raises BadMaterial."""
    return Material(_resumes(resumes), _postings(postings))


def _resumes(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in TYPES) if folder.is_dir() else []
    if not found:
        raise BadMaterial(f"no .pdf or .docx file in {folder}")
    return found


def _postings(file: Path) -> list[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadMaterial(f"{file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadMaterial(f"{file} is not UTF-8: byte {error.start}") from error
    # Not splitlines(): a JSON string may hold other line separators.
    rows = [(number, row) for number, row in enumerate(text.split("\n"), 1) if row.strip()]
    if not rows:
        raise BadMaterial(f"{file} holds no posting; each line is a JSON object with platform, title, company, …")
    return [_line(f"{file}, line {number}", row) for number, row in rows]


def _line(place: str, row: str) -> dict[str, Any]:
    try:
        line = json.loads(row)
    except ValueError as error:
        raise BadMaterial(f"{place}: not a JSON object") from error
    if not isinstance(line, dict):
        raise BadMaterial(f"{place}: not a JSON object")
    for name in ("platform", "title", "company", "description", "url"):
        if not line.get(name):
            raise BadMaterial(f"{place}: {name} is missing")
    for name in ("platform", "title", "company", "description", "url", "key", "duplicate_of"):
        if not isinstance(line.get(name) or "", str):
            raise BadMaterial(f"{place}: {name} must be text")
    if not isinstance(line.get("posted_days_ago", 0) or 0, int):
        raise BadMaterial(f"{place}: posted_days_ago must be a whole number")
    return line
