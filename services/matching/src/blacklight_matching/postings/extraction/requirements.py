"""Skills a posting asks for: where each is mentioned, and whether it is required or only nice to have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_skills import find_skills

from blacklight_matching.postings.extraction.sentences import Span, sentence_at, sentences

_NICE_HEADING = re.compile(
    r"^\W*(?:nice[- ]to[- ]haves?|preferred(?:\s+\w+){0,2}|bonus(?:\s+points)?|desired(?:\s+\w+){0,2}|pluses|"
    r"desirable(?:\s+\w+){0,2}|good to have|optional(?:\s+\w+)?|would be (?:nice|great))\W*(?::|$)",
    re.IGNORECASE,
)
_OTHER_HEADING = re.compile(
    r"^\W*(?:(?:minimum|basic|key|required|mandatory|must[- ]have|core|essential|technical|job|main|your)\s+)*"
    r"(?:requirements?|qualifications?|skills?|responsibilities|duties|experience|must[- ]haves?|"
    r"what you(?:'ll)?\b.{0,20}|"
    r"about (?:us|the (?:role|company|job|team))|benefits|we offer|summary|description|education|location|environment|"
    r"the role|overview|who you are|day to day)\W*(?::|$)",
    re.IGNORECASE,
)
_NICE_SENTENCE = re.compile(
    r"\b(?:nice[- ]to[- ]have|a (?:big |huge |strong |definite )?plus|is a bonus|bonus points|preferred|desirable|"
    r"an? (?:added )?advantage|would be (?:nice|great|helpful|an asset)|an asset|good to have|ideally|not required|"
    r"optional(?:ly)?)\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\brequired\b.*\bpreferred\b|\bmust\b.*\ba plus\b", re.IGNORECASE | re.DOTALL)
_NOT_ASKED = re.compile(
    r"\b(?:about us|our (?:company|client|mission|benefits|offices?)|equal opportunity|we (?:offer|provide)|"
    r"benefits include|follow us|founded|headquartered|visit (?:our|us)|"
    r"apply (?:on|at|via|through)|send (?:your|a)|resume (?:to|in)|"
    r"e-?mail|insurance|401\(?k)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SkillAsked:
    """A skill of a posting.

    Attributes:
        key: skill id, comparable with `blacklight_skills.key_of`.
        name: name to show.
        is_required: False when every mention is only nice to have.
        mentions: spans of the mentions in the text.
        sentences: the sentence of each mention, each once, in order.
    """

    key: str
    name: str
    is_required: bool
    mentions: tuple[Span, ...]
    sentences: tuple[Span, ...]


def skills_asked(text: str) -> list[SkillAsked]:
    """Skills of a posting in the order of their first mention, required ones before the others."""
    spans = sentences(text)
    nice = _nice_sentences(text, spans)
    names: dict[str, str] = {}
    mentions: dict[str, list[Span]] = {}
    for found in find_skills(text):
        sentence = sentence_at(spans, found.start)
        if sentence is None or _NOT_ASKED.search(text[sentence.start : sentence.end]):
            continue
        names[found.skill_id] = found.name
        mentions.setdefault(found.skill_id, []).append(Span(found.start, found.end))
    asked = [_skill(key, names[key], places, spans, nice) for key, places in mentions.items()]
    return sorted(asked, key=lambda skill: (not skill.is_required, skill.mentions[0].start))


def _skill(key: str, name: str, mentions: list[Span], spans: list[Span], nice: set[Span]) -> SkillAsked:
    around = [sentence for place in mentions if (sentence := sentence_at(spans, place.start)) is not None]
    around = list(dict.fromkeys(around))
    required = any(sentence not in nice for sentence in around)
    return SkillAsked(key, name, required, tuple(mentions), tuple(around))


def _nice_sentences(text: str, spans: list[Span]) -> set[Span]:
    """Sentences that say "a plus" themselves or stand under a heading such as "Nice to have"."""
    nice: set[Span] = set()
    under_nice = False
    for span in spans:
        line = text[span.start : span.end]
        if len(line) <= 60 or ":" in line[:60]:
            heading = line[: line.index(":") + 1] if ":" in line[:60] else line
            if _NICE_HEADING.match(heading):
                under_nice = True
            elif _OTHER_HEADING.match(heading):
                under_nice = False
        if under_nice or (_NICE_SENTENCE.search(line) and not _BOTH.search(line)):
            nice.add(span)
    return nice
