"""Rough parts of speech of the words of a sentence, for reading skill phrases ("managing" a verb, "teams" a noun).

A greedy averaged perceptron with whole-number weights (`data/word_tags.tsv`, learned by `tools/build_word_tags.py`):
word by word from the left, the tag with the highest sum wins, of equals the first by name. The same answer in every
process. Tags are those of the Penn Treebank, some merged: "W" stands for who, which, there; IN also for particles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

START, END = "^", "$"


@dataclass(frozen=True, slots=True)
class TagTable:
    """What tags rest on.

    Attributes:
        tags: all tags, by name.
        always: words that are nearly always of one tag.
        weights: of a clue, how much it speaks for each tag.
    """

    tags: tuple[str, ...]
    always: dict[str, str]
    weights: dict[str, dict[str, int]]


def tag_words(words: Sequence[str], capitals: Sequence[bool], table: TagTable | None = None) -> list[str]:
    """The tag of each folded word; a sign is its own tag. `capitals`: whether the word began with a capital."""
    known = table or word_tags()
    found: list[str] = []
    before = before_that = START
    for index, word in enumerate(words):
        tag = fixed_tag(word) or known.always.get(word) or _best(known, words, capitals, index, before, before_that)
        found.append(tag)
        before_that, before = before, tag
    return found


def fixed_tag(word: str) -> str:
    """The tag that a sign or a number has anyway, else nothing."""
    if not word[0].isalnum():
        return word
    return "CD" if word[0].isdigit() else ""


def clues(words: Sequence[str], capitals: Sequence[bool], index: int, before: str, before_that: str) -> tuple[str, ...]:
    """Names of what holds for a word, given the tags of the two before it."""
    word = words[index]
    previous = words[index - 1] if index else START
    following = words[index + 1] if index + 1 < len(words) else END
    return (
        f"w={word}",
        f"s={word[-3:]}",
        f"t={word[-2:]}",
        f"p={before}",
        f"q={before_that}|{before}",
        f"b={previous}",
        f"n={following}",
        f"m={following[-3:]}",
        f"v={before}|{word}",
        f"c={capitals[index]:d}{index == 0:d}",
        f"d={capitals[index]:d}|{word[-3:]}",
        f"e={before}|{following[-2:]}",
    )


def _best(
    table: TagTable, words: Sequence[str], capitals: Sequence[bool], index: int, before: str, before_that: str
) -> str:
    sums = dict.fromkeys(table.tags, 0)
    for clue in clues(words, capitals, index, before, before_that):
        for tag, weight in table.weights.get(clue, {}).items():
            sums[tag] += weight
    return max(table.tags, key=sums.__getitem__)


def read_tags(lines: Iterator[str]) -> TagTable:
    """The table of a data file: "always" lines, then a line of each clue."""
    always: dict[str, str] = {}
    weights: dict[str, dict[str, int]] = {}
    for line in lines:
        name, _tab, value = line.rstrip("\n").rpartition("\t")
        kind, _tab, word = name.partition("\t")
        if kind == "always":
            always[word] = value
        elif kind == "clue":
            pairs = (item.rsplit(":", 1) for item in value.split(" "))
            weights[word] = {tag: int(weight) for tag, weight in pairs}
    tags = {tag for row in weights.values() for tag in row}
    return TagTable(tuple(sorted(tags)), always, weights)


@lru_cache(maxsize=1)
def word_tags() -> TagTable:
    """The table of this package, read once a process."""
    data = files("blacklight_skills").joinpath("data/word_tags.tsv").read_text(encoding="utf-8")
    return read_tags(iter(data.splitlines()))
