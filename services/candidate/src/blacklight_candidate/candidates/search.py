"""Words of a candidate to find it by, and the query that finds them. Pure.

The words are ours rather than a text search configuration's, so that `C++`, `.NET`, `node.js` and an e-mail
address are found as people type them, in any case and without accents, by the beginning of each word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_RUN = re.compile(r"\.?[\w][\w.@+#'’&/-]*")
_PIECE = re.compile(r"\w[\w+#]*")
_TRAILING = ".@'’&/-"
MAX_WORD = 200
MAX_WORDS = 3_000


def words_of(texts: Iterable[str]) -> list[str]:
    """Every word of the texts, whole and in its pieces, sorted, each once."""
    found: set[str] = set()
    for text in texts:
        for run in _runs(text):
            found.update((run, *_pieces(run)))
    return sorted(found)[:MAX_WORDS]


def query_of(search: str) -> str:
    """A `tsquery` that asks for all words of the search, each as the beginning of a word; empty for no words.

    A compound such as `node.js` is found whole or by all of its pieces.
    """
    return " & ".join(dict.fromkeys(_term(run) for run in _runs(search)))


def _runs(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return [run[:MAX_WORD] for run in (match.rstrip(_TRAILING) for match in _RUN.findall(plain)) if run]


def _pieces(run: str) -> list[str]:
    return _PIECE.findall(run)


def _term(run: str) -> str:
    pieces = list(dict.fromkeys(_pieces(run)))
    whole = _prefix(run)
    if len(pieces) < 2:
        return whole
    return f"({whole} | ({' & '.join(map(_prefix, pieces))}))"


def _prefix(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"
