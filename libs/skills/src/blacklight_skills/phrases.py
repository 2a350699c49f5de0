"""Skill phrases in running text: also what people are like and what they do ("managing a team"), not only names.

A linear model over runs of words (a semi-Markov random field; integer weights in `data/phrase_weights.tsv`, learned
by `tools/build_phrases.py`; parts of speech by `word_tags`) gives each run the probability that it is a skill phrase;
of runs that overlap those are chosen that expect most right answers. Linear in the text, some sixty times slower than
`find_skills`, and right in under half of the cases: for showing and searching, never for scoring (`find_skills` is).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from blacklight_skills.matcher import SkillSpan, find_skills
from blacklight_skills.phrase_features import Sentence, candidates, features, prepare
from blacklight_skills.phrase_words import lexicon
from blacklight_skills.tokens import Tokens, tokenize
from blacklight_skills.word_tags import tag_words

WEIGHT_UNIT = 100
"""Weights are stored as whole hundredths."""

ENOUGH = 0.18
"""A run is worth naming from this probability on; F1 is best here on the training part (see bench Q3)."""

_SENTENCE_END = re.compile(r"[\r\n]+|(?<=[.!?;])\s+(?=[A-Z•*-])")
_MAX_SENTENCE = 400
_NEVER = -1e9

Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SkillPhrase:
    """`text[start:end]` names a skill.

    Attributes:
        kind: "named" (a skill of the taxonomy), "trait" (what a person is like), "task" (begins with a verb) or
            "topic" (a field of work, or a name the taxonomy does not know).
        skill_id: of the taxonomy, for "named" alone.
    """

    start: int
    end: int
    kind: str
    skill_id: str | None


def find_skill_spans(text: str) -> list[SkillPhrase]:
    """Every skill phrase of a plain text, in order and without overlaps.

    Sentences longer than 400 words and signs are read in pieces of 400.
    """
    return [phrase for piece in pieces(text) for phrase in _read(piece)]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a text, or 400 words and signs of a long one; `skills` are the known ones by their runs."""

    offset: int
    tokens: Tokens
    sentence: Sentence
    skills: dict[Run, str]


def pieces(text: str) -> Iterator[Piece]:
    """The sentences of a text, made ready."""
    named = find_skills(text)
    for start, end in _sentences(text):
        tokens = tokenize(text[start:end])
        inside = [span for span in named if start <= span.start and span.end <= end]
        for first in range(0, len(tokens.words), _MAX_SENTENCE):
            part = _part(tokens, first, first + _MAX_SENTENCE)
            skills = dict(_mention_runs(part, start, inside))
            tags = tag_words(part.words, [text[start + at].isupper() for at in part.starts])
            yield Piece(start, part, prepare(part.words, tags, list(skills), lexicon()), skills)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _part(tokens: Tokens, first: int, end: int) -> Tokens:
    return Tokens(tokens.keys[first:end], tokens.words[first:end], tokens.starts[first:end], tokens.ends[first:end])


def _read(piece: Piece) -> Iterator[SkillPhrase]:
    words, weights = piece.tokens.words, phrase_weights()
    runs = list(candidates(words, lexicon()))
    scores = [
        sum(weights.get(name, 0) for name in features(piece.sentence, *run, lexicon())) / WEIGHT_UNIT for run in runs
    ]
    for first, end in choose(runs, probabilities(runs, scores, len(words)), ENOUGH):
        skill_id = piece.skills.get((first, end))
        kind = "named" if skill_id else _kind(words, piece.sentence.classes, first, end)
        start, stop = piece.tokens.starts[first], piece.tokens.ends[end - 1]
        yield SkillPhrase(piece.offset + start, piece.offset + stop, kind, skill_id)


def _mention_runs(tokens: Tokens, offset: int, named: list[SkillSpan]) -> Iterator[tuple[Run, str]]:
    """The runs of words that the known skills of a sentence cover."""
    for span in named:
        first = bisect_left(tokens.starts, span.start - offset)
        end = bisect_right(tokens.ends, span.end - offset)
        if first < end:
            yield (first, end), span.skill_id


def _kind(words: list[str], classes: list[str], first: int, end: int) -> str:
    if end - first == 1 and words[first] in lexicon().trait:
        return "trait"
    verbal = classes[first] in ("G", "V", "VN", "Z") and end - first > 1
    return "task" if verbal else "topic"


@lru_cache(maxsize=1)
def phrase_weights() -> dict[str, int]:
    """Weight of each feature in hundredths, read once a process."""
    data = files("blacklight_skills").joinpath("data/phrase_weights.tsv").read_text(encoding="utf-8")
    rows = (line.rpartition("\t") for line in data.splitlines() if not line.startswith("#"))
    return {name: int(weight) for name, _tab, weight in rows}


def probabilities(runs: list[Run], scores: list[float], words: int) -> list[float]:
    """Probability of each run, over all ways to choose runs that do not overlap (forward and backward sums)."""
    by_end: list[list[tuple[int, float]]] = [[] for _ in range(words + 1)]
    by_start: list[list[tuple[int, float]]] = [[] for _ in range(words + 1)]
    for (first, end), score in zip(runs, scores, strict=True):
        by_end[end].append((first, score))
        by_start[first].append((end, score))
    forward = [0.0] * (words + 1)
    for index in range(1, words + 1):
        forward[index] = _log_sum([forward[index - 1], *(forward[first] + score for first, score in by_end[index])])
    backward = [0.0] * (words + 1)
    for index in range(words - 1, -1, -1):
        backward[index] = _log_sum([backward[index + 1], *(backward[end] + score for end, score in by_start[index])])
    total = forward[words]
    return [
        math.exp(min(0.0, forward[first] + score + backward[end] - total))
        for (first, end), score in zip(runs, scores, strict=True)
    ]


def _log_sum(values: list[float]) -> float:
    most = max(values, default=_NEVER)
    return most + math.log(sum(math.exp(value - most) for value in values))


def choose(runs: list[Run], likely: list[float], enough: float) -> list[Run]:
    """The runs, none overlapping, whose probabilities exceed `enough` by most in all."""
    words = max((end for _first, end in runs), default=0)
    by_end: list[list[tuple[int, float]]] = [[] for _ in range(words + 1)]
    for (first, end), probability in zip(runs, likely, strict=True):
        if probability > enough:
            by_end[end].append((first, probability - enough))
    best, taken = [0.0] * (words + 1), [-1] * (words + 1)
    for index in range(1, words + 1):
        best[index] = best[index - 1]
        for first, gain in by_end[index]:
            if best[first] + gain > best[index]:
                best[index], taken[index] = best[first] + gain, first
    chosen: list[Run] = []
    index = words
    while index > 0:
        if taken[index] >= 0:
            chosen.append((taken[index], index))
        index = taken[index] if taken[index] >= 0 else index - 1
    return chosen[::-1]
