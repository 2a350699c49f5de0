"""A candidate's profile as matching's contract has it."""

from __future__ import annotations

from collections.abc import Sequence

from blacklight.matching.v1 import profile_service_pb2 as matching
from blacklight.matching.v1 import work_pb2
from google.protobuf.json_format import ParseDict

from blacklight_candidate.candidates.service import CandidateProfile
from blacklight_candidate.profiles.evidence import Evidence


def encode_profile(
    profile: CandidateProfile, skills: Sequence[Evidence], experience: Sequence[str], prose: str
) -> matching.CandidateProfile:
    """The message of a profile."""
    return matching.CandidateProfile(
        candidate_id=str(profile.candidate_id),
        version=profile.version,
        display_name=profile.display_name,
        matchable=profile.matchable,
        current_title=profile.current_title,
        preferred_roles=profile.preferred_roles,
        experience_years=profile.experience_years,
        experience_evidence=experience,
        skills=[
            matching.SkillEvidence(name=each.skill, sentence=each.sentence, start=each.start, end=each.end)
            for each in skills
        ],
        summary=prose,
        resume_id=str(profile.resume_id) if profile.resume_id else "",
        preferences=ParseDict(profile.preferences, work_pb2.WorkPreferences()),
    )
