"""What of the parts of speech and of the words around a run tells whether it is a skill phrase.

All names begin with "t" (tags) or "x" (words around); `phrase_features` has the rest.
"""

from __future__ import annotations

from blacklight_skills.phrase_words import Lexicon

START, END = "^", "$"
_FAR = 7
_LISTING = frozenset([",", "and", "/", "or"])


def tag_features(tags: list[str], first: int, end: int) -> list[str]:
    """Tags at the borders of the run, around it and, of short runs, all of them."""
    opening, closing, size = tags[first], tags[end - 1], min(end - first, 4)
    before = tags[first - 1] if first else START
    before_that = tags[first - 2] if first > 1 else START
    after = tags[end] if end < len(tags) else END
    found = [
        f"t0={opening}|{size}",
        f"t1={closing}|{size}",
        f"t2={before}|{opening}",
        f"t3={closing}|{after}",
        f"t4={before}",
        f"t5={after}",
        f"t6={opening}|{closing}",
        f"t7={before}|{opening}|{closing}|{after}",
        f"t8={before_that}|{before}|{opening}",
    ]
    if end - first <= 5:
        found.append("t9=" + " ".join(tags[first:end]))
    return found


def context_features(words: list[str], tags: list[str], first: int, end: int, lexicon: Lexicon) -> list[str]:
    """Words before and after the run, the last telling word to its left, and whether it stands in a list."""
    opening = tags[first]
    before, before_that, third = (words[first - back] if first >= back else START for back in (1, 2, 3))
    after, after_that = (words[end + ahead] if end + ahead < len(words) else END for ahead in (0, 1))
    found = [
        f"x1={before_that} {before}",
        f"x2={after} {after_that}",
        f"x3={before_that}|{opening}",
        f"x4={third}|{opening}",
        f"x5={before} {words[first]}",
        f"x6={words[end - 1]} {after}",
    ]
    distance = _telling(words, first, lexicon)
    if distance:
        word = words[first - distance]
        found += [f"x7={word}|{opening}", f"x8={word}|{min(distance, 4)}"]
    else:
        found.append(f"x7=-|{opening}")
    if before in _LISTING and (after in _LISTING or after in (".", END)):
        found.append(f"x9={opening}|{min(end - first, 3)}")
    return found


def _telling(words: list[str], first: int, lexicon: Lexicon) -> int:
    """How far to the left of the run the nearest telling word is, 0 when none of the seven before it is one."""
    for back in range(1, min(first, _FAR) + 1):
        if words[first - back] in lexicon.telling:
            return back
    return 0
