"""CandidateProfileService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import profile_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.profiles.profile import Profile, shown_skills
from blacklight_matching.wire import clean, optional_uuid


class CandidateProfileServicer:
    """What matching is told of candidates."""

    service = profile_service_pb2.DESCRIPTOR.services_by_name["CandidateProfileService"]

    def __init__(self, intake: CandidateIntake) -> None:
        self._intake = intake

    def PutCandidateProfile(
        self, request: profile_service_pb2.PutCandidateProfileRequest, caller: Caller
    ) -> profile_service_pb2.PutCandidateProfileResponse:
        """Takes a profile, unless a newer one is known."""
        applied = self._intake.put(caller, decode_profile(request.profile))
        return profile_service_pb2.PutCandidateProfileResponse(applied=applied)

    def DeleteCandidateProfile(
        self, request: profile_service_pb2.DeleteCandidateProfileRequest, caller: Caller
    ) -> profile_service_pb2.DeleteCandidateProfileResponse:
        """Forgets a candidate."""
        self._intake.forget(caller, UUID(request.candidate_id))
        return profile_service_pb2.DeleteCandidateProfileResponse()


def decode_profile(told: profile_service_pb2.CandidateProfile) -> Profile:
    """A profile as plain values, skills under their canonical names."""
    return Profile(
        candidate_id=UUID(told.candidate_id),
        version=told.version,
        display_name=clean(told.display_name),
        matchable=told.matchable,
        current_title=clean(told.current_title),
        preferred_roles=tuple(clean(role) for role in told.preferred_roles),
        experience_years=told.experience_years if told.HasField("experience_years") else None,
        experience_evidence=tuple(clean(sentence) for sentence in told.experience_evidence),
        skills=shown_skills(
            [(clean(skill.name), clean(skill.sentence), skill.start, skill.end) for skill in told.skills]
        ),
        summary=clean(told.summary),
        resume_id=optional_uuid(told.resume_id),
    )
