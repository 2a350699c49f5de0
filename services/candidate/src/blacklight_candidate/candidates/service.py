"""The rules of candidates: who is there, what people typed of them, what their resumes fill in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight.candidate.v1 import candidate_pb2 as pb
from blacklight.candidate.v1 import candidate_service_pb2 as api
from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Invalid, NotFound
from blacklight_servicekit.etag import check_etag
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.masks import paths_of, validate_fields
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.request_log import once
from sqlalchemy.orm import Session

from blacklight_candidate.candidates import fields
from blacklight_candidate.candidates.encoding import decode_fields, decode_state, encode_candidate, etag
from blacklight_candidate.candidates.fields import ProfileFacts
from blacklight_candidate.candidates.models import (
    Candidate,
    State,
    select_candidate,
    select_page,
    select_shown,
)
from blacklight_candidate.candidates.search import query_of, words_of

__all__ = ["CandidateProfile", "CandidateService", "ProfileFacts", "candidate_not_found"]

PROFILE_CHANGED = "candidate.profile_changed"
DELETED = "candidate.deleted"

Dependent = Callable[[Session, UUID, UUID], None]
"""Deletes what another feature keeps of a candidate: (session, tenant, candidate)."""


@dataclass(frozen=True, slots=True)
class CandidateProfile:
    """What matching may know of a candidate; nothing to contact the person by."""

    candidate_id: UUID
    version: int
    display_name: str
    matchable: bool
    current_title: str
    preferred_roles: tuple[str, ...]
    experience_years: int | None
    skills: tuple[str, ...]
    summary: str
    preferences: dict[str, Any]
    resume_id: UUID | None


class CandidateService:
    """Candidates of the caller's tenant (spec 2.2, 4.2.1)."""

    def __init__(self, database: Database, clock: Clock, dependents: Sequence[Dependent] = ()) -> None:
        self._database = database
        self._clock = clock
        self._dependents = tuple(dependents)

    def create(self, caller: Caller, request: api.CreateCandidateRequest) -> pb.Candidate:
        """A new candidate in state INTAKE; what is given counts as written by a person.

        Raises Invalid (BLANK_NAME), Conflict (REQUEST_ID_REUSED).
        """
        values = fields.typed_values(decode_fields(request.candidate, list(fields.EDITABLE)))
        with self._database.transaction(caller.tenant) as session:
            return once(
                session,
                caller,
                request_id=request.request_id,
                method="CreateCandidate",
                request=request,
                answer=pb.Candidate,
                make=lambda: self._create(session, caller, values),
            )

    def get(self, caller: Caller, candidate_id: UUID) -> pb.Candidate:
        """One candidate. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            row = session.execute(select_shown(caller.tenant, candidate_id)).one_or_none()
            if row is None:
                raise candidate_not_found(candidate_id)
            return encode_candidate(row)

    def list_candidates(self, caller: Caller, request: api.ListCandidatesRequest) -> api.ListCandidatesResponse:
        """A page of candidates, newest first. Raises Invalid for a page token of another query."""
        search_query = query_of(request.search)
        if request.search.strip() and not search_query:
            return api.ListCandidatesResponse()  # only punctuation: a word nobody has
        state, keys = decode_state(request.state), fields.skill_keys(request.skills)
        if request.skills and not keys:
            return api.ListCandidatesResponse()
        query = {"tenant": caller.tenant, "search": search_query, "state": state, "skills": keys}
        page = PageRequest.of(request.page_size, request.page_token, query)
        statement = select_page(
            caller.tenant,
            search_query=search_query,
            state=state,
            skill_keys=keys,
            after=page.after,
            limit=page.size + 1,
        )
        with self._database.transaction(caller.tenant) as session:
            found = session.execute(statement).all()
        rows, token = page.cut(found, key=lambda row: (row.create_time, row.id))
        candidates = [encode_candidate(row) for row in rows]
        return api.ListCandidatesResponse(candidates=candidates, next_page_token=token)

    def update(self, caller: Caller, request: api.UpdateCandidateRequest) -> pb.Candidate:
        """Writes the masked fields, which from then on no resume overwrites (P-59).

        Raises NotFound, Conflict (ETAG_MISMATCH), Invalid (mask or field).
        """
        paths = paths_of(request.update_mask, fields.EDITABLE)
        validate_fields(request.candidate, paths)
        candidate_id = _uuid_of(request.candidate.candidate_id)
        values = fields.typed_values(decode_fields(request.candidate, paths))
        with self._database.transaction(caller.tenant) as session:
            candidate = self._locked(session, caller.tenant, candidate_id)
            check_etag(request.candidate.etag, etag(candidate.id, candidate.version))
            _write(candidate, values, self._clock())
            candidate.edited_fields = sorted({*candidate.edited_fields, *paths})
            audit.record(session, caller, "candidate.updated", candidate_id, changes={"fields": sorted(paths)})
            if fields.MATCHED.intersection(paths):
                _tell_matching(session, candidate)
            return encode_candidate(candidate)

    def delete(self, caller: Caller, candidate_id: UUID, etag_given: str) -> None:
        """Deletes a candidate with all that hangs on it; an absent one is a success.

        Raises Conflict (ETAG_MISMATCH).
        """
        with self._database.transaction(caller.tenant) as session:
            candidate = session.scalar(select_candidate(caller.tenant, candidate_id))
            if candidate is None:
                return
            check_etag(etag_given, etag(candidate.id, candidate.version))
            for forget in self._dependents:
                forget(session, caller.tenant, candidate_id)
            session.delete(candidate)
            session.flush()
            outbox.add(session, DELETED, {"candidate_id": str(candidate_id)}, tenant_id=caller.tenant)
            audit.record(session, caller, "candidate.deleted", candidate_id)

    # Parts: called by another feature's verb inside its own transaction.

    def require(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """Raises NotFound unless the candidate is there."""
        if session.execute(select_shown(tenant_id, candidate_id)).one_or_none() is None:
            raise candidate_not_found(candidate_id)

    def lock(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> bool:
        """Keeps the candidate as it is until the commit; False when it is not there."""
        return session.scalar(select_candidate(tenant_id, candidate_id)) is not None

    def begin_parsing(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """Shows that the primary resume is being read. An approved candidate stays approved."""
        candidate = self._locked(session, tenant_id, candidate_id)
        if candidate.state in (State.INTAKE, State.REVIEW):
            candidate.state = State.PARSING
            _touch(candidate, self._clock())

    def fill_from_resume(
        self, session: Session, tenant_id: UUID, candidate_id: UUID, resume_id: UUID, facts: ProfileFacts
    ) -> None:
        """Fills the fields that no person has written and moves the candidate on to review."""
        candidate = self._locked(session, tenant_id, candidate_id)
        values = fields.values_from_resume(facts, given_name=candidate.given_name, edited=candidate.edited_fields)
        _write(candidate, values, self._clock())
        candidate.profile_resume_id = resume_id
        if candidate.state != State.READY:
            candidate.state = State.REVIEW
        _tell_matching(session, candidate)

    def end_parsing_unfilled(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """The primary resume could not be read: back to where the candidate stood before (P-58)."""
        candidate = self._locked(session, tenant_id, candidate_id)
        if candidate.state == State.PARSING:
            candidate.state = State.REVIEW if candidate.profile_resume_id else State.INTAKE
            _touch(candidate, self._clock())
            _tell_matching(session, candidate)

    def find_profile(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> CandidateProfile | None:
        """What matching may know at this version, or None for a candidate that is not there."""
        row = session.execute(select_shown(tenant_id, candidate_id)).one_or_none()
        if row is None:
            return None
        return CandidateProfile(
            candidate_id=row.id,
            version=row.version,
            display_name=f"{row.given_name} {row.family_name}".strip(),
            matchable=row.state in (State.REVIEW, State.READY) and bool(row.current_title or row.skills),
            current_title=row.current_title,
            preferred_roles=tuple(row.preferred_roles),
            experience_years=row.experience_years,
            skills=tuple(row.skills),
            summary=row.summary,
            preferences=row.preferences,
            resume_id=row.profile_resume_id,
        )

    def _create(self, session: Session, caller: Caller, values: dict[str, object]) -> pb.Candidate:
        now = self._clock()
        candidate = Candidate(
            tenant_id=caller.tenant,
            id=new_id(),
            state=State.INTAKE,
            version=0,
            edited_fields=sorted(name for name, value in values.items() if value not in ("", None, [], {})),
            profile_resume_id=None,
            create_time=now,
        )
        _write(candidate, values, now)
        session.add(candidate)
        session.flush()
        audit.record(session, caller, "candidate.created", candidate.id)
        _tell_matching(session, candidate)  # whoever is on the bench can be submitted, matched or not
        return encode_candidate(candidate)

    def _locked(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> Candidate:
        candidate = session.scalar(select_candidate(tenant_id, candidate_id))
        if candidate is None:
            raise candidate_not_found(candidate_id)
        return candidate


def candidate_not_found(candidate_id: UUID) -> NotFound:
    """The answer for an absent candidate and for another tenant's."""
    return NotFound(f"there is no candidate {candidate_id}", reason="CANDIDATE_NOT_FOUND")


def _write(candidate: Candidate, values: dict[str, object], now: datetime) -> None:
    for name, value in values.items():
        setattr(candidate, name, value)
    candidate.skill_keys = fields.skill_keys(candidate.skills)
    candidate.search_words = words_of(
        (
            candidate.given_name,
            candidate.family_name,
            candidate.current_title,
            candidate.email,
            *candidate.skills,
        )
    )
    _touch(candidate, now)


def _touch(candidate: Candidate, now: datetime) -> None:
    candidate.version += 1
    candidate.update_time = now


def _tell_matching(session: Session, candidate: Candidate) -> None:
    session.flush()
    payload = {"candidate_id": str(candidate.id)}
    outbox.add(session, PROFILE_CHANGED, payload, tenant_id=candidate.tenant_id)


def _uuid_of(candidate_id: str) -> UUID:
    try:
        return UUID(candidate_id)
    except ValueError as error:
        raise Invalid("candidate_id must be a UUID", reason="INVALID_FIELD", field="candidate.candidate_id") from error
