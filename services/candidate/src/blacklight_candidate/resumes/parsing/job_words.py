"""Whether words read like a job title or like an employer's name."""

from __future__ import annotations

import re

from .lexicon import ORGANISATION_WORDS, TITLE_WORDS, WEAK_TITLE_WORDS


def title_score(text: str) -> float:
    """How much a text reads like a job title, 0..1."""
    words = _words(text)
    if not words or len(words) > 12:
        return 0.0
    strong = [word in TITLE_WORDS and word not in WEAK_TITLE_WORDS for word in words]
    if any(strong):
        tail = (
            strong[-1] or (len(words) > 1 and strong[-2]) or "of" in words or "," in text or "(" in text or "/" in text
        )
        return 1.0 if tail else 0.7
    return 0.4 if any(word in WEAK_TITLE_WORDS for word in words) else 0.0


def org_score(text: str) -> float:
    """How much a text reads like an employer's name, 0..1."""
    words = _words(text)
    if not words or (len(words) > 1 and text.split()[-1][:1].islower()):
        return 0.0
    return 0.8 if any(word in ORGANISATION_WORDS for word in words) else 0.0


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^\w&'’+#.]+", text.lower().replace(".", "")) if word]
