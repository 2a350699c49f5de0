"""Candidates as the contract shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from blacklight.candidate.v1 import candidate_pb2 as pb
from blacklight_servicekit.etag import etag_of
from google.protobuf.json_format import MessageToDict, ParseDict


class CandidateRow(Protocol):
    """What is shown of a candidate, from wherever it was read."""

    id: Any
    given_name: Any
    family_name: Any
    email: Any
    phone: Any
    location: Any
    current_title: Any
    experience_years: Any
    skills: Any
    preferred_roles: Any
    summary: Any
    preferences: Any
    state: Any
    version: Any
    create_time: Any
    update_time: Any


def etag(candidate_id: UUID, version: int) -> str:
    """The etag of a version of a candidate."""
    return etag_of("candidate", candidate_id, version)


def encode_candidate(row: CandidateRow) -> pb.Candidate:
    """The message of a candidate."""
    message = pb.Candidate(
        candidate_id=str(row.id),
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email,
        phone=row.phone,
        location=row.location,
        current_title=row.current_title,
        experience_years=row.experience_years,
        skills=row.skills,
        preferred_roles=row.preferred_roles,
        summary=row.summary,
        state=pb.CandidateState.Value(f"CANDIDATE_STATE_{row.state}"),
        etag=etag(row.id, row.version),
    )
    if row.preferences:
        ParseDict(row.preferences, message.preferences)
    _stamp(message, row.create_time, row.update_time)
    return message


def decode_fields(message: pb.Candidate, names: list[str]) -> dict[str, Any]:
    """The named fields, as plain values; an absent `experience_years` is None."""
    values: dict[str, Any] = {
        "given_name": message.given_name,
        "family_name": message.family_name,
        "email": message.email,
        "phone": message.phone,
        "location": message.location,
        "current_title": message.current_title,
        "experience_years": message.experience_years if message.HasField("experience_years") else None,
        "skills": list(message.skills),
        "preferred_roles": list(message.preferred_roles),
        "summary": message.summary,
        "preferences": MessageToDict(message.preferences, preserving_proto_field_name=True),
    }
    return {name: values[name] for name in names}


def decode_state(state: pb.CandidateState.ValueType) -> str:
    """The state's stored name; empty for unspecified."""
    return pb.CandidateState.Name(state).removeprefix("CANDIDATE_STATE_") if state else ""


def _stamp(message: pb.Candidate, create_time: datetime, update_time: datetime) -> None:
    message.create_time.FromDatetime(create_time)
    message.update_time.FromDatetime(update_time)
