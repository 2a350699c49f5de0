"""CandidateProfileService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import profile_service_pb2, work_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.profiles.profile import Preferences, Profile, Quote, ShownSkill, shown_skill
from blacklight_matching.wire import clean, optional_uuid, without_prefix


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
        experience_quotes=tuple(decode_quote(quote) for quote in told.experience_quotes),
        opening=decode_quote(told.opening) if told.HasField("opening") else None,
        skills=tuple(decode_skill(skill) for skill in told.skills),
        summary=clean(told.summary),
        resume_id=optional_uuid(told.resume_id),
        preferences=decode_preferences(told.preferences),
    )


def decode_skill(told: profile_service_pb2.SkillEvidence) -> ShownSkill:
    """A skill under its canonical name."""
    around = (told.sentence_start, told.sentence_end)
    return shown_skill(clean(told.name), clean(told.sentence), told.start, told.end, around)


def decode_quote(told: profile_service_pb2.Quote) -> Quote:
    """Words of the resume."""
    return Quote(clean(told.text), told.start, told.end)


def decode_preferences(told: work_pb2.WorkPreferences) -> Preferences:
    """Preferences as plain values, under the names of the contract without their prefix."""
    least = told.least_pay
    return Preferences(
        work_authorization=without_prefix(
            work_pb2.WorkAuthorization.Name(told.work_authorization), "WORK_AUTHORIZATION_"
        ),
        needs_sponsorship=told.needs_sponsorship if told.HasField("needs_sponsorship") else None,
        locations=tuple(clean(place) for place in told.locations),
        open_to_relocation=told.open_to_relocation if told.HasField("open_to_relocation") else None,
        workplaces=tuple(without_prefix(work_pb2.Workplace.Name(each), "WORKPLACE_") for each in told.workplaces),
        contract_types=tuple(
            without_prefix(work_pb2.ContractType.Name(each), "CONTRACT_TYPE_") for each in told.contract_types
        ),
        least_pay=least.min if least.HasField("min") else None,
        pay_currency=clean(least.currency),
        pay_period=without_prefix(work_pb2.PayPeriod.Name(least.period), "PAY_PERIOD_"),
    )
