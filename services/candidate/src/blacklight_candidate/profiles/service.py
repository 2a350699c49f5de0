"""Puts together what matching may know of a candidate, as the rows are at the time of telling."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import profile_service_pb2 as matching
from blacklight_servicekit.database import Database

from blacklight_candidate.candidates.service import CandidateProfile, CandidateService
from blacklight_candidate.profiles.encoding import encode_profile
from blacklight_candidate.profiles.evidence import evidence_of, experience_of, opening_of, prose_of, quotes_of
from blacklight_candidate.resumes.parsing import ParsedResume
from blacklight_candidate.resumes.service import ResumeService


class ProfileService:
    """Profiles for matching (P-46: matching takes it from here in one order)."""

    def __init__(self, database: Database, candidates: CandidateService, resumes: ResumeService) -> None:
        self._database = database
        self._candidates = candidates
        self._resumes = resumes

    def find_profile(self, tenant_id: UUID, candidate_id: UUID) -> matching.CandidateProfile | None:
        """The present profile with its evidence, or None for a candidate that is not there."""
        with self._database.transaction(tenant_id) as session:
            profile = self._candidates.find_profile(session, tenant_id, candidate_id)
            if profile is None:
                return None
            read = None
            if profile.resume_id is not None:
                read = self._resumes.find_read(session, tenant_id, profile.resume_id)
        return _with_evidence(profile, *((read.parsed, read.text) if read else (ParsedResume(), "")))

    def exists(self, tenant_id: UUID, candidate_id: UUID) -> bool:
        """Whether the candidate is (still) there."""
        with self._database.transaction(tenant_id) as session:
            return self._candidates.find_profile(session, tenant_id, candidate_id) is not None


def _with_evidence(profile: CandidateProfile, parsed: ParsedResume, text: str) -> matching.CandidateProfile:
    return encode_profile(
        profile,
        evidence_of(profile.skills, parsed, text),
        experience_of(parsed.jobs),
        quotes_of(parsed.jobs, text),
        opening_of(profile.summary, parsed, text),
        prose_of(profile.summary, parsed.jobs),
    )
