"""Cut running text into the tokens that skill names are made of, keeping character positions.

A token is a run of letters and digits, or one sign. Whether a token touches the one before it is part of its
key, so that `.NET` differs from a full stop followed by "Net", and `C++` from "C + +".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+|[^\s\w]|_", re.UNICODE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)
_SIGNS = str.maketrans({"‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "＋": "+", "＃": "#", "．": "."})

BARRIER = "\x00"
"""Key of the token that stands for a web or mail address: nothing matches it or across it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text in parallel lists.

    Attributes:
        keys: folded token, prefixed with "_" when it touches the token before it.
        words: the folded token without that mark.
        starts, ends: character offsets into the text given (end is exclusive).
    """

    keys: list[str]
    words: list[str]
    starts: list[int]
    ends: list[int]

    def glued_after(self, index: int) -> bool:
        """Whether the token at `index` touches the next one."""
        return index + 1 < len(self.keys) and self.starts[index + 1] == self.ends[index]

    def glued_before(self, index: int) -> bool:
        """Whether the token at `index` touches the previous one."""
        return index > 0 and self.ends[index - 1] == self.starts[index]


def fold(word: str) -> str:
    """Lower-case a token and unify look-alike signs and full-width letters."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", word.translate(_SIGNS)).casefold()


def tokenize(text: str) -> Tokens:
    """Tokens of `text`, in order; an address becomes one barrier token. Linear in the text."""
    keys: list[str] = []
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for address in _ADDRESS.finditer(text):
        _append_tokens(text, position, address.start(), keys, words, starts, ends)
        keys.append(BARRIER)
        words.append(BARRIER)
        starts.append(address.start())
        ends.append(address.end())
        position = address.end()
    _append_tokens(text, position, len(text), keys, words, starts, ends)
    return Tokens(keys, words, starts, ends)


def _append_tokens(
    text: str, begin: int, end: int, keys: list[str], words: list[str], starts: list[int], ends: list[int]
) -> None:
    previous_end = ends[-1] if ends else -1
    for match in _TOKEN.finditer(text, begin, end):
        word = fold(match.group())
        start = match.start()
        keys.append("_" + word if start == previous_end else word)
        words.append(word)
        previous_end = match.end()
        starts.append(start)
        ends.append(previous_end)
