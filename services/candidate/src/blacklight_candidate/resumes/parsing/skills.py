"""Skills: the items a résumé lists, and those a skill finder knows anywhere in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from .lexicon import LANGUAGES, LEVEL_WORDS
from .lines import Line
from .model import Field
from .sections import Section

_ITEM_SPLIT = re.compile(r"\t+|\s{2,}|\s*[,;|•·∙●▪■]\s*|\s+/\s+|\s+[–—]\s+|\s+-\s+")
_CATEGORY = re.compile(r"^(?P<name>[A-Za-z][\w &/,.()+-]{1,45}?)\s*(?::|\s[-–—]\s)\s*")
_CELL = re.compile(r"^(?P<name>[^\t,;]{2,45})\t(?=[^\t]*[,;])")
_PARENTHESES = re.compile(r"\(([^()]*,[^()]*)\)")
_LEVEL = re.compile(
    r"\s*\((?:[^()]*\b(?:years?|yrs?|beginner|intermediate|advanced|expert|proficient|basic|fluent)\b[^()]*)\)\s*$",
    re.IGNORECASE,
)
_LEVEL_BEHIND = re.compile(
    r"[\s(-](?:beginner|intermediate|advanced|expert|master|proficient|basic)\)?$", re.IGNORECASE
)
_SPOKEN = re.compile(
    r"\b(?:fluent|native|bilingual|conversational)\s+(?:in\s+)?[A-Z]|\((?:fluent|native)\)", re.IGNORECASE
)
_ONE_ITEM = re.compile(r"\b(?:and|with|for|of|using|to|in|on|the)\b|[()]")
_MAX_ITEM_WORDS = 8
FEW = 3
"""A résumé that lists fewer skills than this has not listed them."""


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


class BesideName:
    """A finder that takes no word of the person's own name for a skill: who is called Ruby need not know it.

    Only where the whole name stands; elsewhere the word is taken for what it says.
    """

    def __init__(self, finder: SkillFinder, name: str) -> None:
        words = re.findall(r"\w+", name)
        self._finder = finder
        self._name = re.compile(r"\b" + r"[\W_]{1,3}".join(map(re.escape, words)) + r"\b", re.I) if words else None

    def find(self, text: str) -> Sequence[FoundSkill]:
        found = self._finder.find(text)
        named = [said.span() for said in self._name.finditer(text)] if self._name else []
        return [skill for skill in found if not any(start <= skill.start and skill.end <= end for start, end in named)]


Skills = tuple[Field[str], ...]


def find_skills(sections: Sequence[Section], text: str, finder: SkillFinder) -> tuple[Skills, Skills]:
    """Skills the résumé lists, and known ones it mentions elsewhere; each once, in the order of the text.

    Listed items are kept even when no finder knows them (P-70). A résumé that lists none has the mentioned ones.
    """
    known = sorted(finder.find(text), key=lambda skill: (skill.start, skill.end))
    starts = [skill.start for skill in known]
    listed: dict[str, Field[str]] = {}
    for item in _parted(_listed(sections), known, text):
        at = bisect_right(starts, item.start) - 1
        same = at >= 0 and known[at].end >= item.end
        sure = max(0.95, item.confidence) if same else item.confidence
        listed.setdefault((item.value or "").lower(), Field(item.value, sure, item.start, item.end))
    ends = sorted((field.end, field.start) for field in listed.values())
    mentioned: dict[str, Field[str]] = {}
    for skill in known:
        said = " ".join(text[skill.start : skill.end].split())
        after = bisect_right(ends, (skill.start, len(text)))
        inside = after < len(ends) and ends[after][1] < skill.end
        if not inside and skill.name.lower() not in listed and said.lower() not in listed:
            mentioned.setdefault(skill.name.lower(), Field(said, 0.85, skill.start, skill.end))
    if len(listed) < FEW:
        return _ordered([*listed.values(), *mentioned.values()]), ()
    return _ordered(listed.values()), _ordered(mentioned.values())


def _ordered(fields: Iterable[Field[str]]) -> Skills:
    return tuple(sorted(fields, key=lambda field: (field.start, field.end)))


def _parted(listed: Iterator[tuple[Field[str], bool]], known: Sequence[FoundSkill], text: str) -> Iterator[Field[str]]:
    """Items run together without separators ('Python TypeScript Java') are parted at the skills known in them."""
    starts = [skill.start for skill in known]
    for item, alone in listed:
        near = known[bisect_left(starts, item.start) : bisect_right(starts, item.end)]
        inside = [skill for skill in near if skill.end <= item.end]
        words = (item.value or "").split()
        together = len(inside) >= 2 or (len(words) > 3 and len([word for word in words if word[0].isupper()]) > 2)
        if alone and together and not _ONE_ITEM.search(item.value or ""):
            yield from _run_together(item, inside, text)
        else:
            yield item


def _run_together(item: Field[str], inside: Sequence[FoundSkill], text: str) -> Iterator[Field[str]]:
    """Known skills are items; of the other words each capital begins one and small letters go on with it.

    'SQL pandas P&L management Vendor negotiation' gives SQL, pandas, P&L management, Vendor negotiation: a known
    word in small letters behind an unknown one belongs to it. What is guessed so is stated with less confidence.
    """
    starts = {skill.start: skill.end for skill in inside}
    parts: list[tuple[int, int, bool]] = []
    position = item.start
    while position < item.end:
        word = re.compile(r"\S+").search(text, position, item.end)
        if word is None:
            break
        begin, end = word.start(), starts.get(word.start(), word.end())
        sure = begin in starts
        goes_on = bool(parts) and text[begin].islower() and not (sure and parts[-1][2])
        if goes_on:
            parts[-1] = (parts[-1][0], end, False)
        else:
            parts.append((begin, end, sure))
        position = max(end, position + 1)
    if not inside and not any(text[end - 1 : end] and " " in text[start:end] for start, end, _ in parts):
        yield item
        return
    for start, end, sure in parts:
        yield Field(" ".join(text[start:end].split()), 0.92 if sure else 0.6, start, end)


def _listed(sections: Sequence[Section]) -> Iterator[tuple[Field[str], bool]]:
    """Items of the skills sections, and whether each is all its line holds."""
    for section in sections:
        if section.kind == "skills":
            titles = _group_titles(section.lines)
            for line in section.lines:
                if line.index not in titles:
                    items = list(_items(line))
                    yield from ((item, len(items) == 1) for item in items)


def _group_titles(lines: Sequence[Line]) -> set[int]:
    """Lines that name a group of skills: set louder than the next line, or standing with a level over the items."""
    levels = [bool(_LEVEL_BEHIND.search(line.text)) for line in lines]
    all_levelled = all(levels)
    titles: set[int] = set()
    for index, (line, following) in enumerate(pairwise(lines)):
        if line.bullet or line.words > 6 or line.text.lower() in LEVEL_WORDS:
            continue
        if _louder(line, following) or following.text.lower() in LEVEL_WORDS:
            titles.add(line.index)
            _add_wrapped(titles, lines, index)
        elif levels[index] and not all_levelled:
            titles.add(line.index)
    return titles


def _add_wrapped(titles: set[int], lines: Sequence[Line], index: int) -> None:
    """The first line of a title broken over two lines belongs to it."""
    if index and not lines[index].gap and lines[index - 1].style == lines[index].style and lines[index - 1].words <= 4:
        titles.add(lines[index - 1].index)


def _louder(line: Line, following: Line) -> bool:
    """Larger than the next line, or bold or marked as a heading where that one is not."""
    if (line.size or 0) > (following.size or 0) + 0.6 or (line.heading and not following.heading):
        return True
    return line.bold and not following.bold and not re.search(r"[,;:|]", line.text)


def _items(line: Line) -> Iterator[Field[str]]:
    text, offset = line.text, 0
    category = _CATEGORY.match(text) or _CELL.match(text)
    if category and category.end() < len(text):
        offset = category.end()
    elif text.endswith(":"):
        return
    if line.is_prose and not re.search(r"[,;|•·]", text):
        return
    text = _PARENTHESES.sub(lambda group: f",{group.group(1)},", text)
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
    if item.lower() in LEVEL_WORDS or _SPOKEN.search(item) or item.lower() in LANGUAGES:
        return
    yield Field(item, 0.9, base + start, base + end)
