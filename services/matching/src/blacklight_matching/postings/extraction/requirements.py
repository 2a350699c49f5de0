"""Skills a posting asks for: where each is mentioned, and whether it is required or only nice to have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_skills import SkillSpan, find_skills

from blacklight_matching.postings.extraction.company_name import company_names, is_part_of_a_name
from blacklight_matching.postings.extraction.sentences import Span, sentence_at, sentences
from blacklight_matching.postings.extraction.stance import Stance, stances

_NICE_HEADING = re.compile(
    r"^\W*(?:nice[- ]to[- ]haves?|preferred(?:\s+\w+){0,2}|bonus(?:\s+points)?|desired(?:\s+\w+){0,2}|pluses|"
    r"desirable(?:\s+\w+){0,2}|nice(?: extras?)?|plus|good to have|optional(?:\s+\w+)?|"
    r"would be (?:nice|great))\W*(?::|$)",
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


@dataclass(frozen=True, slots=True)
class _Mention:
    place: Span
    sentence: Span
    stance: Stance


def skills_asked(text: str, company: str = "") -> list[SkillAsked]:
    """Skills of a posting in the order of their first mention, required ones before the others.

    Args:
        company: name of the company that hires; what only stands in it is no skill.
    """
    spans = sentences(text)
    names = company_names(text, company)
    under_nice = _under_nice_headings(text, spans)
    shown: dict[str, str] = {}
    asked: dict[str, list[_Mention]] = {}
    for sentence, skills in _by_sentence(text, spans).items():
        for skill, said in zip(skills, _stances(text, sentence, skills, sentence in under_nice), strict=True):
            place = Span(skill.start, skill.end)
            if said is not Stance.NOT_ASKED and not is_part_of_a_name(text, place, names):
                shown[skill.skill_id] = skill.name
                asked.setdefault(skill.skill_id, []).append(_Mention(place, sentence, said))
    found = [_skill(key, shown[key], mentions) for key, mentions in asked.items()]
    return sorted(found, key=lambda skill: (not skill.is_required, skill.mentions[0].start))


def _by_sentence(text: str, spans: list[Span]) -> dict[Span, list[SkillSpan]]:
    found: dict[Span, list[SkillSpan]] = {}
    for skill in find_skills(text):
        sentence = sentence_at(spans, skill.start)
        if sentence is not None:
            found.setdefault(sentence, []).append(skill)
    return found


def _stances(text: str, sentence: Span, skills: list[SkillSpan], is_nice: bool) -> list[Stance]:
    places = [Span(skill.start - sentence.start, skill.end - sentence.start) for skill in skills]
    return stances(text[sentence.start : sentence.end], places, is_nice=is_nice)


def _skill(key: str, name: str, mentions: list[_Mention]) -> SkillAsked:
    return SkillAsked(
        key,
        name,
        any(mention.stance is Stance.REQUIRED for mention in mentions),
        tuple(mention.place for mention in mentions),
        tuple(dict.fromkeys(mention.sentence for mention in mentions)),
    )


def _under_nice_headings(text: str, spans: list[Span]) -> set[Span]:
    """Sentences under a heading such as "Nice to have", or in its own line: "Nice to have: Kafka"."""
    nice: set[Span] = set()
    under_nice = False
    for span in spans:
        line = text[span.start : span.end]
        if len(line) <= 60 or ":" in line[:60]:
            heading = line[: line.index(":") + 1] if ":" in line[:60] else line
            if _NICE_HEADING.match(heading):
                nice.add(span)
                under_nice = heading == line
            elif _OTHER_HEADING.match(heading):
                under_nice = False
        if under_nice:
            nice.add(span)
    return nice
