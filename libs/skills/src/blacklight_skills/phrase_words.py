"""Classes of words for reading skill phrases, by the lists that tools/build_phrases.py writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

STOPS = frozenset('.;:!?()[]{}•*"\x00')
"""Signs that no skill phrase goes across."""

_ENDINGS = (("ing", ""), ("ing", "e"), ("", ""), ("ed", ""), ("ed", "e"), ("s", ""), ("es", ""))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word lists.

    Attributes:
        closed: words that a skill phrase neither begins nor ends with.
        trait: what advertisements ask of a person.
        topic: fields of work.
        asking: words of a sentence that asks for something.
        offering: words of a sentence about the offer or the application.
        group: what a name before it belongs to ("the insurance industry").
        telling: words of a sentence that tell what comes after them ("experience", "responsible", "benefits").
        verb, noun: words that labels of skills begin and end with (ESCO); some of the first are nouns too.
        occupation: nouns that name people by their work (O*NET).
    """

    closed: frozenset[str]
    trait: frozenset[str]
    topic: frozenset[str]
    asking: frozenset[str]
    offering: frozenset[str]
    group: frozenset[str]
    telling: frozenset[str]
    verb: frozenset[str]
    noun: frozenset[str]
    occupation: frozenset[str]

    def class_of(self, word: str) -> str:
        """The word itself when closed-class or a sign, else its rough part of speech."""
        if word in self.closed or not word[0].isalnum():
            return word
        if word[0].isdigit():
            return "0"
        if word.endswith("ing"):
            return "G"
        noun = "N" if word in self.noun else ""
        if word in self.verb:
            return "V" + noun
        ending = self._verb_ending(word)
        if not noun and ending is not None:
            return "D" if ending == "ed" else "Z"
        return noun or ("R" if word.endswith("ly") else "X")

    def _verb_ending(self, word: str) -> str | None:
        for ending, rest in _ENDINGS:
            if word.endswith(ending) and word[: len(word) - len(ending)] + rest in self.verb:
                return ending
        return None

    def is_occupation(self, word: str) -> bool:
        """Whether the word names people by their work: "manager", "nurses"."""
        return word in self.occupation or (word.endswith("s") and word[:-1] in self.occupation)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The word lists of this package, read once a process."""
    data = files("blacklight_skills").joinpath("data/phrase_words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in data.splitlines() if not line.startswith("#"))
    return Lexicon(**{kind: frozenset(words.split(" ")) for kind, words in rows})
