"""Text brought to one form for comparing: lower case, no accents, signs beyond ASCII made blanks. Pure.

Almost every text is almost all ASCII, so the codec runs over it and asks only about the rest.
"""

from __future__ import annotations

import codecs
import functools
import unicodedata

_INVISIBLE = frozenset("\u00ad\u2028\u2029\u2060\ufeff").union(
    map(chr, range(0x200B, 0x2010)), map(chr, range(0x202A, 0x202F))
)
_LONGEST_KNOWN = 8
_RULE = "blacklight_matching.fold"


def fold(text: str) -> bytes:
    """NFKC, case-folded, NFKD without combining and invisible characters, as UTF-8.

    Letters and digits of every alphabet are kept; any other character beyond ASCII becomes a blank.
    """
    return text.encode("ascii", _RULE).lower()


def _fold_run(run: str) -> bytes:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", run).casefold())
    kept = (char for char in folded if not unicodedata.combining(char) and char not in _INVISIBLE)
    return "".join([char if char.isascii() or char.isalnum() else " " for char in kept]).encode()


_known_run = functools.lru_cache(4096)(_fold_run)


def _replace(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    return (_known_run if len(run) <= _LONGEST_KNOWN else _fold_run)(run), error.end


codecs.register_error(_RULE, _replace)
