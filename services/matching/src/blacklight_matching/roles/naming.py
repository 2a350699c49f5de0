"""Names of canonical roles: made from what people and boards write, kept only when they can be a role.

Spec section 6.7 (fallback without a language model) and pain F-16: sentences of posts once became role names.
"""

from __future__ import annotations

import re
import unicodedata

from blacklight_skills import resolve

from blacklight_matching.titles import ROLE_NOUNS, title_core, written_core

LONGEST_NAME = 60
MOST_WORDS = 8

_SMALL_WORDS = frozenset({"of", "and", "in", "for", "the", "to", "with", "or"})
_SENTENCE_WORDS = frozenset({
    "we", "you", "our", "your", "us", "i", "my", "me", "they", "is", "are", "was", "were", "be", "will",
    "am", "have", "has", "had", "looking", "seeking", "join", "joining", "hiring", "apply", "please",
    "thanks", "hello", "hi", "dear", "need", "needs", "must", "should", "can", "who", "what", "why",
    "how", "this", "that", "these", "there", "here", "click", "send", "contact", "call", "email", "share",
    "dm", "resume", "cv", "interested", "opportunity", "opportunities", "urgent", "immediate",
    "currently", "working", "worked", "responsible", "managed", "years", "experience",
})  # fmt: skip
_ADDRESS = re.compile(r"https?:|www\.|@|\.com\b|#\w")
_SENTENCE_END = re.compile(r"[!?;:]|\.(?:\s|$)|\.{2,}")
_DASHES = re.compile(r"[‐-―−/-]")
_NOT_A_WORD = re.compile(r"[^\w+#.]|_")
_NOT_LETTERS = re.compile(r"[\W_]+")
_INNER_DOT = re.compile(r"(?<=\w)\.|\.(?!\w)")


def clean_name(raw: str) -> str:
    """The name of the role that a typed role or a job title means; may be implausible.

    `Sr. react dev (Remote) - C2C` gives `React Developer`.
    """
    return _capitalised(title_core(raw))


def written_name(raw: str) -> str:
    """The same name with its short forms as they were typed: what boards are searched for as well."""
    return _capitalised(written_core(raw))


def _capitalised(core: str) -> str:
    shouting = core.isupper() and " " in core
    words = [_cased(word, index, shouting) for index, word in enumerate(core.split())]
    return " ".join(words)


def plausible(name: str) -> bool:
    """Whether a cleaned name can be a role: short, a few words, no sentence, no address, mostly letters."""
    words = [word.strip("(),&").casefold() for word in name.split()]
    if not 2 <= len(name) <= LONGEST_NAME or not 1 <= len(words) <= MOST_WORDS:
        return False
    if _ADDRESS.search(name.casefold()) or _SENTENCE_END.search(name):
        return False
    letters = sum(char.isalpha() for char in name)
    digits = sum(char.isdigit() for char in name)
    if letters < 2 or digits > 4 or letters * 2 < len(name):
        return False
    return not _SENTENCE_WORDS.intersection(words)


def normal_form(name: str) -> str:
    """What role names are unique by: case, dashes, slashes, signs and the plural do not make a new role.

    `Front-End Developers` and `front end developer` are the same; `C++ Developer` and `C Developer` are not.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    folded = _NOT_A_WORD.sub(" ", _DASHES.sub(" ", folded))
    words = _INNER_DOT.sub(" ", folded).split()
    if words and words[-1].endswith("s") and words[-1][:-1] in ROLE_NOUNS:
        words[-1] = words[-1][:-1]
    return " ".join(words)


def words_of(search: str) -> list[str]:
    """The words of a search, folded; letters and digits only, at most ten."""
    return _NOT_LETTERS.sub(" ", unicodedata.normalize("NFKC", search).casefold()).split()[:10]


def _cased(word: str, index: int, shouting: bool) -> str:
    """A word of a name with the capitals it is known by: `servicenow` gives `ServiceNow`, `of` stays."""
    if index and word.casefold() in _SMALL_WORDS:
        return word.casefold()
    skill = resolve(word) if word.casefold() not in ROLE_NOUNS else None
    if skill is not None and skill.name.casefold() == word.casefold():
        return skill.name
    if not shouting and word != word.lower():
        return word
    if shouting and len(word) <= 3:
        return word
    return word[:1].upper() + word[1:].lower()
