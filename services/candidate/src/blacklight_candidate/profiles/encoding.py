"""A candidate's profile as matching's contract has it."""

from __future__ import annotations

from collections.abc import Sequence

from blacklight.matching.v1 import profile_service_pb2 as matching
from blacklight.matching.v1 import work_pb2
from google.protobuf.json_format import ParseDict

from blacklight_candidate.candidates.service import CandidateProfile
from blacklight_candidate.profiles.evidence import Evidence, Quote


def encode_profile(
    profile: CandidateProfile,
    skills: Sequence[Evidence],
    experience: Sequence[str],
    quotes: Sequence[Quote],
    opening: Quote,
    prose: str,
) -> matching.CandidateProfile:
    """The message of a profile.

    Args:
        quotes: what the resume says of each line of `experience`.
    """
    return matching.CandidateProfile(
        candidate_id=str(profile.candidate_id),
        version=profile.version,
        display_name=profile.display_name,
        matchable=profile.matchable,
        current_title=profile.current_title,
        preferred_roles=profile.preferred_roles,
        experience_years=profile.experience_years,
        experience_evidence=experience,
        experience_quotes=[encode_quote(each) for each in quotes],
        skills=[encode_skill(each) for each in skills],
        opening=encode_quote(opening),
        summary=prose,
        resume_id=str(profile.resume_id) if profile.resume_id else "",
        preferences=ParseDict(profile.preferences, work_pb2.WorkPreferences()),
    )


def encode_skill(each: Evidence) -> matching.SkillEvidence:
    """A skill and the sentence that shows it."""
    return matching.SkillEvidence(
        name=each.skill,
        start=each.start,
        end=each.end,
        sentence=each.sentence.text,
        sentence_start=each.sentence.start,
        sentence_end=each.sentence.end,
    )


def encode_quote(each: Quote) -> matching.Quote:
    """Words of the resume and where they stand."""
    return matching.Quote(text=each.text, start=each.start, end=each.end)
