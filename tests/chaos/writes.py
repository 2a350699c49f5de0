"""The writes of R7: each may be sent any number of times under one id, and is done once."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc.aio
from blacklight.auth.v1 import tenant_service_pb2, user_service_pb2
from blacklight.auth.v1.tenant_service_pb2_grpc import TenantServiceStub
from blacklight.auth.v1.user_service_pb2_grpc import UserServiceStub
from blacklight.candidate.v1 import candidate_pb2, candidate_service_pb2, resume_service_pb2
from blacklight.candidate.v1.candidate_service_pb2_grpc import CandidateServiceStub
from blacklight.candidate.v1.resume_service_pb2_grpc import ResumeServiceStub
from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.options.v1 import options_pb2
from blacklight.scraper.v1 import (
    api_key_service_pb2,
    credential_pb2,
    credential_service_pb2,
)
from blacklight.scraper.v1 import fleet_service_pb2 as fleet
from blacklight.scraper.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from blacklight.scraper.v1.credential_service_pb2_grpc import CredentialServiceStub
from blacklight.scraper.v1.fleet_service_pb2_grpc import FleetServiceStub
from google.api import httpbody_pb2
from google.protobuf.message import Message

from tests.chaos.company import BOARD, Metadata

TRY_SECONDS = 30.0
RESUME = Path(__file__).resolve().parents[2] / "deploy/local/demo/resumes/anika-varma.pdf"
Send = Callable[[grpc.aio.Channel, int], Awaitable[Message]]


@dataclass(frozen=True)
class Write:
    """`send(channel, n)` is the n-th caller's attempt. Each of `effects` is a statement that counts, which must come to
    one; the first is looked at while the write is under way. `shown_once` names the fields that only one answer has.
    """

    service: str
    kind: str
    send: Send
    effects: tuple[tuple[str, str], ...]
    shown_once: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()


def _logged(schema: str, request_id: str) -> tuple[str, str]:
    return f"SELECT count(*) FROM {schema}.request_log WHERE request_id = %s", request_id


def _audited(schema: str, action: str, rows: str, value: str) -> tuple[str, str]:
    return f"SELECT count(*) FROM {schema}.audit_log WHERE action = '{action}' AND entity_id IN ({rows})", value


def new_id(chance: random.Random) -> str:
    """A UUID by the seed."""
    return str(UUID(int=chance.getrandbits(128), version=4))


def candidate(metadata: Metadata, request_id: str) -> Write:
    """CreateCandidate."""
    given = candidate_pb2.Candidate(given_name="Ines", family_name=request_id, skills=["Java"])
    request = candidate_service_pb2.CreateCandidateRequest(candidate=given, request_id=request_id)
    rows = "SELECT id::text FROM candidate.candidates WHERE family_name = %s"
    return Write(
        "candidate",
        "CreateCandidate",
        lambda channel, _: CandidateServiceStub(channel).CreateCandidate(
            request, metadata=metadata, timeout=TRY_SECONDS
        ),
        (
            ("SELECT count(*) FROM candidate.candidates WHERE family_name = %s", request_id),
            _logged("candidate", request_id),
            _audited("candidate", "candidate.created", rows, request_id),
        ),
    )


def resume(metadata: Metadata, request_id: str, candidate_id: str) -> Write:
    """UploadResume, of the same bytes."""
    data = RESUME.read_bytes()
    first = resume_service_pb2.UploadResumeRequest(
        candidate_id=candidate_id,
        file_name=f"{request_id}.pdf",
        request_id=request_id,
        file=httpbody_pb2.HttpBody(content_type="application/pdf", data=data),
    )

    async def pieces() -> AsyncIterator[resume_service_pb2.UploadResumeRequest]:
        yield first

    rows = "SELECT id::text FROM candidate.resumes WHERE candidate_id = %s::uuid"
    return Write(
        "candidate",
        "UploadResume",
        lambda channel, _: ResumeServiceStub(channel).UploadResume(pieces(), metadata=metadata, timeout=TRY_SECONDS),
        (
            ("SELECT count(*) FROM candidate.resumes WHERE candidate_id = %s::uuid", candidate_id),
            _logged("candidate", request_id),
            _audited("candidate", "resume.uploaded", rows, candidate_id),
        ),
    )


def user(metadata: Metadata, request_id: str) -> Write:
    """CreateUser."""
    email = f"{request_id}@company.example.com"
    request = user_service_pb2.CreateUserRequest(
        email=email,
        given_name="Uma",
        family_name="Reed",
        system_role=options_pb2.SYSTEM_ROLE_RECRUITER,
        request_id=request_id,
    )
    rows = "SELECT id::text FROM auth.users WHERE email = %s"
    return Write(
        "auth",
        "CreateUser",
        lambda channel, _: UserServiceStub(channel).CreateUser(request, metadata=metadata, timeout=TRY_SECONDS),
        (
            ("SELECT count(*) FROM auth.users WHERE email = %s", email),
            _logged("auth", request_id),
            _audited("auth", "user.created", rows, email),
        ),
        shown_once=("set_password_token",),
    )


def tenant(metadata: Metadata, request_id: str) -> Write:
    """CreateTenant."""
    email = f"{request_id}@company.example.com"
    request = tenant_service_pb2.CreateTenantRequest(
        name=request_id,
        company_email=email,
        admin_email=email,
        admin_given_name="Uma",
        admin_family_name="Reed",
        request_id=request_id,
    )
    rows = "SELECT id::text FROM auth.tenants WHERE name = %s"
    return Write(
        "auth",
        "CreateTenant",
        lambda channel, _: TenantServiceStub(channel).CreateTenant(request, metadata=metadata, timeout=TRY_SECONDS),
        (
            ("SELECT count(*) FROM auth.tenants WHERE name = %s", request_id),
            _logged("auth", request_id),
            ("SELECT count(*) FROM auth.users WHERE email = %s", email),
            _audited("auth", "tenant.created", rows, request_id),
        ),
        shown_once=("set_password_token",),
    )


def api_key(metadata: Metadata, request_id: str) -> Write:
    """CreateApiKey."""
    request = api_key_service_pb2.CreateApiKeyRequest(name=request_id, platforms=[BOARD], request_id=request_id)
    return Write(
        "scraper",
        "CreateApiKey",
        lambda channel, _: ApiKeyServiceStub(channel).CreateApiKey(request, metadata=metadata, timeout=TRY_SECONDS),
        (
            ("SELECT count(*) FROM scraper.api_keys WHERE name = %s", request_id),
            _logged("scraper", request_id),
        ),
        shown_once=("secret",),
    )


def credential(metadata: Metadata, request_id: str) -> Write:
    """CreateCredential."""
    secret = credential_pb2.CredentialSecret(username=f"{request_id}@board.example", password=request_id)
    request = credential_service_pb2.CreateCredentialRequest(
        platform=BOARD, name=request_id, secret=secret, request_id=request_id
    )
    rows = "SELECT credential_id::text FROM scraper.credentials WHERE name = %s"
    return Write(
        "scraper",
        "CreateCredential",
        lambda channel, _: CredentialServiceStub(channel).CreateCredential(
            request, metadata=metadata, timeout=TRY_SECONDS
        ),
        (
            ("SELECT count(*) FROM scraper.credentials WHERE name = %s", request_id),
            _logged("scraper", request_id),
            _audited("scraper", "credential.created", rows, request_id),
        ),
    )


def claim(secret: str, claim_id: str) -> Write:
    """A claim, from as many streams as there are callers: they share the key."""
    message = fleet.ConnectRequest(claim=fleet.Claim(claim_id=claim_id, max_assignments=1))
    return Write(
        "scraper",
        "Claim",
        lambda channel, caller: _asked(channel, secret, f"claimer-{caller}", message),
        (("SELECT count(*) FROM scraper.sessions WHERE claim_id = %s::uuid", claim_id),),
        differing=("fencing_token",),
    )


def batch(secret: str, given: fleet.Assignment) -> Write:
    """The first batch of a session, from as many streams as there are callers."""
    posting = PostingDraft(
        platform_job_id=given.session_id,
        title="Nurse",
        company="Harbour",
        description="Cares for patients.",
        url="https://board.example/1",
    )
    drafts = PostingDrafts(postings=[posting]).SerializeToString()
    message = fleet.ConnectRequest(
        batch=fleet.PostingBatch(
            session_id=given.session_id,
            fencing_token=given.fencing_token,
            sequence=1,
            platform=given.platforms[0],
            drafts=drafts,
            sha256=hashlib.sha256(drafts).digest(),
        )
    )
    return Write(
        "scraper",
        "PostingBatch",
        lambda channel, caller: _asked(channel, secret, f"sender-{caller}", message),
        (("SELECT count(*) FROM scraper.batches WHERE session_id = %s::uuid", given.session_id),),
    )


async def _asked(channel: grpc.aio.Channel, secret: str, name: str, message: fleet.ConnectRequest) -> Message:
    """What a new stream's message is answered with; it does not wait for the Welcome, which may be held back. A claim
    that found every role locked is made again.
    """
    async with asyncio.timeout(TRY_SECONDS):
        call = FleetServiceStub(channel).Connect(metadata=(("x-scraper-api-key", secret),))
        try:
            await call.write(fleet.ConnectRequest(hello=fleet.Hello(host_name=name)))
            await call.write(message)
            await _answer(call)
            while (answer := await _answer(call)).HasField("nothing"):
                await asyncio.sleep(0.05)
                await call.write(message)
            return answer
        finally:
            call.cancel()


async def _answer(call: Any) -> fleet.ConnectResponse:
    while True:
        answer = await call.read()
        if not isinstance(answer, fleet.ConnectResponse):
            raise EOFError("the stream ended")
        if answer.WhichOneof("message") not in ("directive", "credits"):
            return answer
