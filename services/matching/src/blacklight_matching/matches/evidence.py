"""Both sides of a pair in the form the explanation is made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from blacklight_matching.matches.edits import edits_of
from blacklight_matching.postings.view import PostingGrounds
from blacklight_matching.profiles.profile import Profile
from blacklight_matching.scoring import (
    CandidateEvidence,
    CandidateSide,
    Explanation,
    PostingEvidence,
    PostingSide,
    Score,
    Sentence,
    blockers,
    explain,
    raises,
)

MOST_PROFILE_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything that the score of a pair rests on: both sides as told and as scored."""

    profile: Profile
    candidate: CandidateSide
    said: PostingGrounds
    posting: PostingSide


def explained(score: Score, grounds: Grounds, *, with_raises: bool = True) -> Explanation:
    """The explanation of the pair's score. Raises ScoreDiffers."""
    required = [(skill["key"], skill["name"]) for skill in grounds.said.skills]
    edits = edits_of(grounds.profile, grounds.candidate, required, grounds.posting) if with_raises else ()
    return explain(
        score,
        candidate_evidence(grounds.profile),
        posting_evidence(grounds.said),
        blockers=blockers(grounds.candidate.work, grounds.posting.work),
        raises=raises(score, edits, grounds.posting),
    )


def candidate_evidence(profile: Profile) -> CandidateEvidence:
    """The sentences of the resume by skill, for the years, and of the profile; what was typed has no place: 0, 0."""
    skills: dict[str, list[Sentence]] = {}
    for skill in profile.skills:
        if skill.sentence:
            sentence = Sentence(skill.sentence_start, skill.sentence_end, skill.sentence)
            known = skills.setdefault(skill.key, [])
            if sentence not in known:
                known.append(sentence)
    return CandidateEvidence(
        skills=skills,
        experience=_experience(profile),
        profile=_opening(profile),
        years=profile.experience_years,
    )


def posting_evidence(grounds: PostingGrounds) -> PostingEvidence:
    """The sentences of the posting by skill, for the years, and of its description."""
    return PostingEvidence(
        required=[(skill["key"], skill["name"]) for skill in grounds.skills],
        skills={skill["key"]: _sentences(skill["sentences"]) for skill in grounds.skills},
        experience=_sentences(grounds.evidence.get("experience", ())),
        profile=_sentences(grounds.evidence.get("profile", ()))[:MOST_PROFILE_SENTENCES],
        min_years=grounds.min_years,
        max_years=grounds.max_years,
    )


def _experience(profile: Profile) -> list[Sentence]:
    """What the resume says of each job; the lines made of it where that is not told."""
    quotes = [Sentence(quote.start, quote.end, quote.text) for quote in profile.experience_quotes if quote.text]
    return quotes or [Sentence(0, 0, line) for line in profile.experience_evidence]


def _opening(profile: Profile) -> list[Sentence]:
    """What stands for the profile as a whole, else the title."""
    quote = profile.opening
    if quote is not None and quote.text:
        return [Sentence(quote.start, quote.end, quote.text)]
    return [Sentence(0, 0, profile.current_title)] if profile.current_title else []


def _sentences(stored: Iterable[Mapping[str, Any]]) -> list[Sentence]:
    return [Sentence(item["start"], item["end"], item["text"]) for item in stored]
