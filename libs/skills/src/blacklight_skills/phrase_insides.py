"""What of the words inside a run, their stems, and its neighbours in a list tells whether it is a skill phrase.

All names begin with "g" (stems at the borders), "h" (inside) or "q" (lists); `phrase_features` has the rest.
"""

from __future__ import annotations

from itertools import pairwise

from blacklight_skills.phrase_contexts import END, START

_LISTING = frozenset([",", "and", "/", "or", "&"])
_STEM = 7
_FAR = 8


def stem_of(word: str) -> str:
    """A rough stem, so that "managing", "managed" and "manages" count as one."""
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) > 4 and word.endswith("ed"):
        word = word[:-2]
    elif len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word.removesuffix("e")[:_STEM]


def stem_features(stems: list[str], tags: list[str], first: int, end: int) -> list[str]:
    """Stems at both sides of both borders."""
    size = min(end - first, 3)
    before = stems[first - 1] if first else START
    after = stems[end] if end < len(stems) else END
    return [
        f"g0={stems[first]}|{size}",
        f"g1={stems[end - 1]}|{size}",
        f"g2={stems[first]}|{tags[first]}",
        f"g3={before}|{tags[first]}",
        f"g4={tags[end - 1]}|{after}",
    ]


def inside_features(stems: list[str], tags: list[str], first: int, end: int) -> list[str]:
    """Each stem of the run, each that is not at its borders, and each two tags that follow each other."""
    found = [f"h0={stem}" for stem in dict.fromkeys(stems[first:end])]
    found += [f"h1={stem}" for stem in dict.fromkeys(stems[first + 1 : end - 1])]
    return found + [f"h2={tag}|{following}" for tag, following in dict.fromkeys(pairwise(tags[first:end]))]


def list_features(words: list[str], tags: list[str], first: int, end: int) -> list[str]:
    """Whether what stands before and after the run in a list begins and ends alike; lists inside the run."""
    opening, closing = tags[first], tags[end - 1]
    found: list[str] = []
    following = _next_item(words, end)
    if following < len(words):
        tag = tags[following]
        found += [f"q0={opening}|{tag}|{min(end - first, 3)}", f"q1={tag == opening:d}|{opening}"]
    begin, last = _item_before(words, first)
    if last >= 0:
        alike, same_end = tags[begin] == opening, tags[last] == closing
        found += [f"q2={tags[begin]}|{opening}", f"q3={alike:d}|{opening}"]
        found.append(f"q4={tags[last]}|{closing}|{same_end:d}")
    inside = sum(words[at] in _LISTING and tags[at + 1] == opening for at in range(first + 1, end - 1))
    if inside:
        found.append(f"q5={min(inside, 2)}|{opening}")
    return found


def _next_item(words: list[str], end: int) -> int:
    """Where the next item of the list begins, the number of words if the run ends no item."""
    at = end
    while at < min(len(words), end + 2) and words[at] in _LISTING:
        at += 1
    return at if at > end else len(words)


def _item_before(words: list[str], first: int) -> tuple[int, int]:
    """Where the item before in the list begins and its last word, -1 if the run begins no item."""
    last = first - 1
    while last >= max(0, first - 2) and words[last] in _LISTING:
        last -= 1
    if last == first - 1:
        return -1, -1
    begin = last
    while begin > 0 and words[begin - 1] not in _LISTING and last - begin < _FAR:
        begin -= 1
    return begin, last
