"""What an engine is told of a match: the explanation of its score and short pieces of both texts. Pure.

Nothing that tells who the person is: no name, and texts without sex and age (`fairness`).
"""

from __future__ import annotations

from dataclasses import dataclass

from blacklight_matching.fairness import neutral
from blacklight_matching.matches.evidence import Grounds
from blacklight_matching.postings.view import PostingSnapshot
from blacklight_matching.scoring import Explanation

_SUMMARY, _DESCRIPTION, _CANDIDATE_SKILLS, _POSTING_SKILLS = 500, 1_000, 20, 15
"""How much of each side a language model is told (spec 6.9)."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything an opinion is formed on."""

    explanation: Explanation
    years: int | None
    title: str
    skills: tuple[str, ...]
    summary: str
    jobs: tuple[str, ...]
    posting: PostingSnapshot
    least_years: float | None

    def told(self) -> dict[str, object]:
        """What a language model is told, bounded; all of it is data that somebody else wrote."""
        return {
            "candidate": {
                "title": self.title[:200],
                "years_of_experience": self.years,
                "skills": [skill[:100] for skill in self.skills[:_CANDIDATE_SKILLS]],
                "summary": self.summary[:_SUMMARY],
            },
            "posting": {
                "title": self.posting.title[:200],
                "company": self.posting.company[:200],
                "location": self.posting.location[:200],
                "years_asked": self.least_years,
                "skills": [line.name[:100] for line in self.explanation.skills[:_POSTING_SKILLS]],
                "description": self.posting.description[:_DESCRIPTION],
            },
        }


def material_of(grounds: Grounds, explanation: Explanation, posting: PostingSnapshot) -> Material:
    """What is known of a pair."""
    profile = grounds.profile
    return Material(
        explanation=explanation,
        years=profile.experience_years,
        title=neutral(profile.current_title, profile.display_name),
        skills=tuple(dict.fromkeys(skill.name for skill in profile.skills)),
        summary=neutral(profile.summary[: 8 * _SUMMARY], profile.display_name),
        jobs=profile.experience_evidence,
        posting=posting,
        least_years=grounds.said.min_years,
    )
