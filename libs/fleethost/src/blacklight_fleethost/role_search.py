"""Which postings of a file a search for a role would find. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+(?:[+#]+|(?=\W|_|$))|\.net", re.IGNORECASE)


def words(text: str) -> frozenset[str]:
    """The words of a name, in lower case: `Senior C# Developer` gives senior, c#, developer."""
    return frozenset(found.casefold() for found in _WORD.findall(text))


def names_role(hint: str, names: Iterable[str]) -> bool:
    """Whether `hint` means the role of one of these names: the same words, or all the words of the shorter one."""
    hinted = words(hint)
    if not hinted:
        return False
    return any(named and (named <= hinted or hinted <= named) for named in map(words, names))


def title_fits(title: str, names: Iterable[str]) -> bool:
    """Whether all the words of one of these names stand in the title."""
    titled = words(title)
    return any(named and named <= titled for named in map(words, names))
