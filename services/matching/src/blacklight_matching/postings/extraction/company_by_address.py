"""The company whose web or mail address a text gives, as the text writes its name: twosigma.com is Two Sigma's. Pure.

Addresses of boards, code hosts, networks and the like are nobody's. A name counts only where the text itself writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from blacklight_matching.postings.extraction.sentences import Span

_ADDRESS = re.compile(r"(?:https?://|\bwww\.|@)((?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,12})\b", re.IGNORECASE)
_NOBODYS = frozenset(
    word
    for line in (
        "github gitlab bitbucket google linkedin twitter facebook youtube vimeo medium wikipedia instagram crunchbase",
        "angel glassdoor stackoverflow stackexchange meetup techcrunch forbes bbc reddit slideshare flickr imgur",
        "amazonaws heroku herokuapp gmail outlook yahoo hotmail icloud proton mail bit goo tinyurl lever greenhouse",
        "workable recruitee smartrecruiters breezy ashbyhq jobvite typeform surveymonkey docs forms maps python",
        "djangoproject pypi readthedocs apache kubernetes docker example indeed monster dice ycombinator",
    )
    for word in line.split()
)
_SHARED = frozenset({"co", "com", "org", "net", "ac", "gov", "edu"})
_MOST_ADDRESSES = 40
_LEAST, _MOST = 4, 30
"""Letters of a telling domain."""


def names_by_address(raw: str, text: str) -> Iterator[Span]:
    """Where `text` writes the names that addresses in `raw` are made of, each once.

    Args:
        raw: the text with its addresses.
        text: the text in which names are looked for, with addresses blanked.
    """
    seen: set[str] = set()
    for _, match in zip(range(_MOST_ADDRESSES), _ADDRESS.finditer(raw), strict=False):
        for label in _telling(match[1].casefold()):
            if label not in seen:
                seen.add(label)
                named = _written(label, text)
                if named is not None:
                    yield named


def _telling(domain: str) -> list[str]:
    """ "twosigma" of careers.twosigma.com; "octopusenergy" and "octopus" of octopus.energy."""
    labels = domain.split(".")
    own = labels[-3] if len(labels) > 2 and labels[-2] in _SHARED else labels[-2]
    if own in _NOBODYS:
        return []
    found = [own + labels[-1], own] if len(labels[-1]) > 3 else [own]
    return [plain for label in found if _LEAST <= len(plain := label.replace("-", "")) <= _MOST]


def _written(label: str, text: str) -> Span | None:
    """The first time that words of the text are the letters of a domain, written as a name."""
    letters = r"[ &'’.-]{0,2}".join(map(re.escape, label))
    for _, match in zip(
        range(20), re.finditer(rf"(?<![\w@./-]){letters}(?![\w@/-])", text, re.IGNORECASE), strict=False
    ):
        if match[0][0].isupper():
            return Span(match.start(), match.end())
    return None
