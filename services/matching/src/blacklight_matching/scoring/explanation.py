"""Why a pair scores what it scores: the sum, part by part, with the sentences each part rests on.

Nothing here is stored. The explanation is derived from the stored parts and from the evidence of both
sides, and its points add up to the stored score, or `ScoreDiffers` is raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from blacklight_matching.scoring.filters import Blocker
from blacklight_matching.scoring.parts import is_matched
from blacklight_matching.scoring.raising import Raise
from blacklight_matching.scoring.score import Score, applied_weights, confidence_of, coverage_of, overall_of, trust_of

PART_NAMES = ("skills", "experience", "semantic")


class ScoreDiffers(ValueError):
    """The stored score is not the sum of its stored parts."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a résumé or posting: `text` stands at [start, end) of the source text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CandidateEvidence:
    """Sentences of the résumé: by skill key, for the years, and for the profile as a whole."""

    skills: Mapping[str, Sequence[Sentence]] = field(default_factory=dict)
    experience: Sequence[Sentence] = ()
    profile: Sequence[Sentence] = ()
    years: float | None = None


@dataclass(frozen=True, slots=True)
class PostingEvidence:
    """Sentences of the posting, and the names of its required skills in the order of the matched bits.

    Attributes:
        required: (skill key, name to show) of each required skill.
    """

    required: Sequence[tuple[str, str]] = ()
    skills: Mapping[str, Sequence[Sentence]] = field(default_factory=dict)
    experience: Sequence[Sentence] = ()
    profile: Sequence[Sentence] = ()
    min_years: float | None = None
    max_years: float | None = None


@dataclass(frozen=True, slots=True)
class SkillLine:
    """One required skill: whether the candidate has it, and where either side says so."""

    key: str
    name: str
    is_matched: bool
    candidate: tuple[Sentence, ...]
    posting: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of the sum.

    Attributes:
        score: 0..10,000, None when unknown.
        weight: share of the sum in hundredths of a per cent after renormalising; 0 when unknown.
        points: what the part adds to the overall score, in hundredths.
        statement: one sentence for people.
        candidate, posting: the sentences it rests on; none when it is unknown, for then nothing was compared.
    """

    name: str
    score: int | None
    weight: int
    points: int
    statement: str
    candidate: tuple[Sentence, ...]
    posting: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer; the points of `parts` add up to `overall` exactly.

    Attributes:
        blockers: what excludes the pair whatever it scores; usually nothing.
        raises: single edits of the candidate that would raise the score, with the exact gain.
    """

    overall: int
    grade: str
    is_recommended: bool
    confidence: int
    coverage: int
    parts: tuple[PartLine, ...]
    skills: tuple[SkillLine, ...]
    summary: str
    blockers: tuple[Blocker, ...] = ()
    raises: tuple[Raise, ...] = ()


def explain(
    score: Score,
    candidate: CandidateEvidence,
    posting: PostingEvidence,
    *,
    blockers: tuple[Blocker, ...] = (),
    raises: tuple[Raise, ...] = (),
) -> Explanation:
    """The explanation of a score, stored or just made.

    Raises:
        ScoreDiffers: the parts do not add up to the score, or the matched bits belong to another list of skills.
    """
    check_sum(score, len(posting.required))
    skills = _skill_lines(score, candidate, posting)
    applied = applied_weights(score.parts, len(skills))
    points = shares_of(score.overall, [w * (p or 0) for w, p in zip(applied, score.parts, strict=True)])
    weights = shares_of(10_000, applied)
    statements = (
        _skills_statement(skills),
        _experience_statement(score, candidate, posting),
        _semantic_statement(score),
    )
    sentences: tuple[tuple[Sequence[Sentence], Sequence[Sentence]], ...] = (
        (_first_of(skills, "candidate"), _first_of(skills, "posting")),
        (candidate.experience, posting.experience) if score.experience is not None else ((), ()),
        (candidate.profile, posting.profile) if score.semantic is not None else ((), ()),
    )
    parts = tuple(
        PartLine(name, part, weight, point, statement, tuple(own), tuple(theirs))
        for name, part, weight, point, statement, (own, theirs) in zip(
            PART_NAMES, score.parts, weights, points, statements, sentences, strict=True
        )
    )
    return Explanation(
        overall=score.overall,
        grade=score.grade,
        is_recommended=score.is_recommended,
        confidence=score.confidence,
        coverage=score.coverage,
        parts=parts,
        skills=skills,
        summary=_summary(score, skills),
        blockers=blockers,
        raises=raises,
    )


def check_sum(score: Score, required: int) -> None:
    """Raise ScoreDiffers unless a score is what its parts add up to."""
    expected = (overall_of(score.parts, required), coverage_of(score.parts), confidence_of(score.parts, required))
    if (score.overall, score.coverage, score.confidence) != expected:
        raise ScoreDiffers(f"stored {score.overall} but the parts add up to {expected[0]}")
    if len(score.matched) != (required + 7) // 8:
        raise ScoreDiffers(f"{len(score.matched)} bytes of matched bits for {required} skills")


def shares_of(total: int, sizes: Sequence[int]) -> list[int]:
    """`total` split in proportion to `sizes` into whole numbers that add up to it (largest remainder
    first).
    """
    everything = sum(sizes)
    if everything == 0:
        return [0] * len(sizes)
    shares = [total * size // everything for size in sizes]
    remainders = [total * size % everything for size in sizes]
    for position in sorted(range(len(sizes)), key=lambda i: (-remainders[i], i))[: total - sum(shares)]:
        shares[position] += 1
    return shares


def _skill_lines(score: Score, candidate: CandidateEvidence, posting: PostingEvidence) -> tuple[SkillLine, ...]:
    return tuple(
        SkillLine(
            key=key,
            name=name,
            is_matched=is_matched(score.matched, index),
            candidate=tuple(candidate.skills.get(key, ())) if is_matched(score.matched, index) else (),
            posting=tuple(posting.skills.get(key, ())),
        )
        for index, (key, name) in enumerate(posting.required)
    )


def _first_of(skills: tuple[SkillLine, ...], side: str) -> list[Sentence]:
    """The first sentence of each matched skill, each sentence once, in the order of the text."""
    found = {
        sentence.start: sentence
        for line in skills
        if line.is_matched
        for sentence in (line.candidate if side == "candidate" else line.posting)[:1]
    }
    return [found[start] for start in sorted(found)]


def _skills_statement(skills: tuple[SkillLine, ...]) -> str:
    if not skills:
        return "The posting names no skills, so skills are left out of the score."
    matched = [line.name for line in skills if line.is_matched]
    more = f" and {len(matched) - 5} more" if len(matched) > 5 else ""
    named = f": {', '.join(matched[:5])}{more}" if matched else ""
    trust = trust_of(len(skills))
    short = f" A list of {len(skills)} has {trust} % of the weight of a full one." if trust < 100 else ""
    return f"Has {len(matched)} of {len(skills)} required skills{named}.{short}"


def _experience_statement(score: Score, candidate: CandidateEvidence, posting: PostingEvidence) -> str:
    if score.experience is None:
        missing = "The posting asks for no years" if not _asks_years(posting) else "The candidate's years are unknown"
        return f"{missing}, so experience is left out of the score."
    asked = _range_in_words(posting)
    return f"{_number(candidate.years)} years of experience; the posting asks for {asked}."


def _asks_years(posting: PostingEvidence) -> bool:
    return bool(posting.min_years) or posting.max_years is not None


def _range_in_words(posting: PostingEvidence) -> str:
    if posting.max_years is None:
        return f"{_number(posting.min_years)} or more"
    return f"{_number(posting.min_years or 0)} to {_number(posting.max_years)}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _semantic_statement(score: Score) -> str:
    if score.semantic is None:
        return "One side has too little text to compare, so the profile is left out of the score."
    degree = "closely aligned" if score.semantic >= 7_000 else "related" if score.semantic >= 4_000 else "distant"
    return f"Profile and posting are {degree} ({score.semantic // 100} of 100)."


def _summary(score: Score, skills: tuple[SkillLine, ...]) -> str:
    """One sentence with the grade and up to three missing skills."""
    missing = [line.name for line in skills if not line.is_matched]
    verdict = "recommended" if score.is_recommended else "not recommended"
    lacking = f"; missing {', '.join(missing[:3])}" if missing else ""
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    total = f"{score.overall // 100}.{score.overall % 100:02d} ({score.grade})"
    return f"{total}, {verdict}, confidence {score.confidence} %{lacking}{more}."
