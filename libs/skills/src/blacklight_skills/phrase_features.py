"""What is looked at to tell whether some neighbouring words of a sentence are a skill phrase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from blacklight_skills.phrase_contexts import END, START, context_features, tag_features
from blacklight_skills.phrase_insides import inside_features, list_features, stem_features, stem_of
from blacklight_skills.phrase_words import STOPS, Lexicon

MAX_WORDS = 14
"""A skill phrase has at most this many words and signs."""

_TELLING_INSIDE = frozenset(
    ["and", "or", ",", "/", "of", "to", "for", "in", "with", "the", "a", "on", "at", "by", "from", "that", "which"]
) | {"as", "within", "our", "your", "their", "is", "are", "will"}
_VERBAL = "GVDZ"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence made ready: its words, their classes and tags, and the known skill each belongs to (0: none).

    Attributes:
        stems: rough ones, of the words.
        classes, tags: by the word lists alone, and by `word_tags` in its sentence.
        mentions: (first, end) word ranges of the known skills in it.
        about: whether it asks for something, is about the offer, both or neither.
    """

    words: list[str]
    stems: list[str]
    classes: list[str]
    tags: list[str]
    known: list[int]
    mentions: frozenset[tuple[int, int]]
    about: tuple[str, ...]


def prepare(words: list[str], tags: list[str], mentions: list[tuple[int, int]], lexicon: Lexicon) -> Sentence:
    """Looks up what is asked of each word more than once."""
    known = [0] * len(words)
    for number, (first, end) in enumerate(mentions, 1):
        known[first:end] = [number] * (end - first)
    present = set(words)
    about = [name for name, signs in (("req", lexicon.asking), ("ad", lexicon.offering)) if present & signs]
    classes = [lexicon.class_of(word) for word in words]
    return Sentence(
        words, [stem_of(word) for word in words], classes, tags, known, frozenset(mentions), tuple(about or ["-"])
    )


def candidates(words: list[str], lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """(first, end) of all runs of words that could be a phrase; at most MAX_WORDS for each word."""
    for first, word in enumerate(words):
        if word in lexicon.closed or not word[0].isalnum():
            continue
        for last in range(first, min(len(words), first + MAX_WORDS)):
            if words[last] in STOPS:
                break
            if words[last] not in lexicon.closed and (words[last][0].isalnum() or words[last] in "+#"):
                yield first, last + 1


def features(sentence: Sentence, first: int, end: int, lexicon: Lexicon) -> list[str]:
    """Names of what holds for the words `first` to `end`: each has a weight."""
    words, classes = sentence.words, sentence.classes
    size = min(end - first, 2)
    before = words[first - 1] if first else START
    after = words[end] if end < len(words) else END
    length = _length(end - first)
    opening, closing = classes[first], classes[end - 1]
    class_before = classes[first - 1] if first else START
    class_after = classes[end] if end < len(words) else END
    found = [
        "b",
        f"L={length}",
        f"f={words[first]}",
        f"l={words[end - 1]}",
        f"p={before}",
        f"n={after}",
        f"cf={opening}|{length}",
        f"cl={closing}|{length}",
        f"cp={class_before}",
        f"cn={class_after}",
        f"cfl={opening}|{closing}|{length}",
        f"pcf={before}|{opening}",
        f"nc={after}|{closing}",
        f"cpf={class_before}|{opening}|{size}",
        f"cln={closing}|{class_after}|{size}",
        f"cfn={opening}|{after}",
        f"s={words[end - 1][-3:]}",
        f"sf={words[first][-3:]}|{size}",
        f"ll={words[end - 1][-4:]}|{min(end - first, 3)}",
    ]
    if end - first <= 4:
        found.append("W=" + " ".join(words[first:end]))
    for about in sentence.about:
        found += [f"a={about}", f"a={about}|{opening}|{length}"]
    _add_inside(found, sentence, first, end)
    _add_known(found, sentence, first, end)
    _add_meanings(found, sentence, first, end, lexicon)
    _add_occupations(found, sentence, first, end, lexicon)
    found += tag_features(sentence.tags, first, end)
    found += context_features(words, sentence.tags, first, end, lexicon)
    found += stem_features(sentence.stems, sentence.tags, first, end)
    found += inside_features(sentence.stems, sentence.tags, first, end)
    found += list_features(words, sentence.tags, first, end)
    return found


def _length(words: int) -> int:
    return words if words < 4 else 5 if words < 6 else 8 if words < 9 else 12


def _add_inside(found: list[str], sentence: Sentence, first: int, end: int) -> None:
    if end - first < 3:
        return
    opening = sentence.classes[first]
    inside = dict.fromkeys(sentence.words[first + 1 : end - 1])
    found.extend(f"in={word}|{opening}" for word in inside if word in _TELLING_INSIDE)
    kinds = sentence.classes[first + 1 : end - 1]
    found.extend(f"ic={kind}|{opening}" for kind in _VERBAL if kind in kinds)


def _add_known(found: list[str], sentence: Sentence, first: int, end: int) -> None:
    """How the run lies to the skills known by name: all known, exactly one, or cutting one in two."""
    known = sentence.known
    if all(known[first:end]):
        found.append("k")
    if (first, end) in sentence.mentions:
        found.append(f"k1={min(end - first, 3)}")
    cut_before = first and known[first - 1] and known[first - 1] == known[first]
    if cut_before or (end < len(known) and known[end] and known[end] == known[end - 1]):
        found.append("k2")


def _add_meanings(found: list[str], sentence: Sentence, first: int, end: int, lexicon: Lexicon) -> None:
    words, size = sentence.words, min(end - first, 3)
    opening, closing = words[first], words[end - 1]
    trait, topic = opening in lexicon.trait, closing in lexicon.topic
    found.append(f"m={trait:d}{closing in lexicon.trait:d}{opening in lexicon.topic:d}{topic:d}|{size}")
    class_before = sentence.classes[first - 1] if first else START
    class_after = sentence.classes[end] if end < len(words) else END
    if trait and end - first == 1:
        found += ["m1", f"m1={class_after}"]
    if topic:
        found.append(f"m2={sentence.classes[first]}|{min(end - first, 4)}|{class_before}")
    before, after = words[first - 1 : first], words[end : end + 1]
    for name, beside in (("mp", before), ("mn", after)):
        if beside and beside[0] in lexicon.trait:
            found.append(f"{name}=trait")
        if beside and beside[0] in lexicon.topic:
            found.append(f"{name}=topic")


def _add_occupations(found: list[str], sentence: Sentence, first: int, end: int, lexicon: Lexicon) -> None:
    """Names of occupations and of groups of people are no skills, nor what stands before them in one name."""
    words = sentence.words
    after = words[end] if end < len(words) else END
    second = words[end + 1] if end + 1 < len(words) else END
    kind = "-"
    if lexicon.is_occupation(after):
        kind = "occupation"
    elif after in lexicon.group:
        kind = "group"
    elif lexicon.is_occupation(second) and after not in lexicon.closed and after[0].isalnum():
        kind = "soon"
    people = [lexicon.is_occupation(word) for word in words[first:end]]
    found += [f"on={kind}|{sentence.classes[end - 1]}", f"ol={people[-1]:d}{people[0]:d}|{min(end - first, 3)}"]
    if any(people):
        found.append("oa")
