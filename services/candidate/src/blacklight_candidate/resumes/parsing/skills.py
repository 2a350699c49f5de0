"""Skills: the items a résumé lists, and those a skill finder knows anywhere in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .lexicon import LANGUAGES, LEVEL_WORDS
from .lines import Line
from .model import Field
from .sections import Section

_ITEM_SPLIT = re.compile(r"\t+|\s{2,}|\s*[,;|•·∙●▪■]\s*|\s+/\s+|\s+[–—]\s+|\s+-\s+")
_CATEGORY = re.compile(r"^(?P<name>[A-Za-z][\w &/,.()+-]{1,45}?)\s*(?::|\s[-–—]\s)\s*")
_LEVEL = re.compile(r"\s*\((?:[^()]*\b(?:years?|yrs?|beginner|intermediate|advanced|expert|proficient|basic|fluent)\b[^()]*)\)\s*$", re.IGNORECASE)
_MAX_ITEM_WORDS = 6


@dataclass(frozen=True, slots=True)
class FoundSkill:
    """A skill read at `text[start:end]`, by its preferred name."""

    name: str
    start: int
    end: int


class SkillFinder(Protocol):
    """Whatever knows skills by name."""

    def find(self, text: str) -> Sequence[FoundSkill]:
        """Skills named in a text, in order."""
        ...


class NoSkills:
    """A finder that knows none: only what the résumé itself lists as skills is taken."""

    def find(self, text: str) -> Sequence[FoundSkill]:
        return ()


def find_skills(sections: Sequence[Section], text: str, finder: SkillFinder) -> tuple[Field[str], ...]:
    """Skills in the order of the text, each once; listed ones are kept even when no finder knows them."""
    known = sorted(finder.find(text), key=lambda skill: (skill.start, skill.end))
    found: dict[str, Field[str]] = {}
    for listed in _listed(sections):
        name = listed.value or ""
        same = next((skill for skill in known if skill.start <= listed.start and skill.end >= listed.end), None)
        sure = 0.95 if same else listed.confidence
        found.setdefault(name.lower(), Field(name, sure, listed.start, listed.end))
    spans = {(field.start, field.end) for field in found.values()}
    for skill in known:
        inside = any(start <= skill.start and skill.end <= end for start, end in spans)
        if not inside and skill.name.lower() not in found and text[skill.start : skill.end].lower() not in found:
            found[skill.name.lower()] = Field(text[skill.start : skill.end], 0.85, skill.start, skill.end)
    return tuple(sorted(found.values(), key=lambda field: (field.start, field.end)))


def _listed(sections: Sequence[Section]) -> Iterator[Field[str]]:
    for section in sections:
        if section.kind == "skills":
            lines = _unwrapped(section.lines)
            titles = _group_titles(section.lines)
            for line in lines:
                if line.index not in titles:
                    yield from _items(line)


def _unwrapped(lines: Sequence[Line]) -> list[Line]:
    return list(lines)


def _group_titles(lines: Sequence[Line]) -> set[int]:
    """Lines that name a group of skills: set like no item is, or followed by a level, or ending in a colon."""
    return set()


def _items(line: Line) -> Iterator[Field[str]]:
    text, offset = line.text, 0
    category = _CATEGORY.match(text)
    if category and category.end() < len(text):
        offset = category.end()
    elif text.endswith(":"):
        return
    if line.is_prose and not re.search(r"[,;|•·]", text):
        return
    position = offset
    for match in [*_ITEM_SPLIT.finditer(text, offset), None]:
        start, end = position, match.start() if match else len(text)
        position = match.end() if match else end
        yield from _item(text, start, end, line.start)


def _item(text: str, start: int, end: int, base: int) -> Iterator[Field[str]]:
    while start < end and text[start] in " \t.&-–":
        if text[start] == "." and re.match(r"\.[A-Za-z]", text[start:end]):
            break
        start += 1
    level = _LEVEL.search(text[start:end])
    if level:
        end = start + level.start()
    while end > start and text[end - 1] in " \t.,;:":
        end -= 1
    item = text[start:end]
    words = item.split()
    if item.lower().startswith("and "):
        start, item = start + 4, item[4:]
    if not item or len(words) > _MAX_ITEM_WORDS or not any(char.isalnum() for char in item):
        return
    if item.lower() in LEVEL_WORDS or item.lower() in LANGUAGES:
        return
    yield Field(item, 0.9, base + start, base + end)
