"""Tells matching of changed and deleted candidates."""

from __future__ import annotations

import asyncio
from uuid import UUID

import grpc.aio
from blacklight.matching.v1 import profile_service_pb2 as matching
from blacklight.matching.v1.profile_service_pb2_grpc import CandidateProfileServiceStub
from blacklight_servicekit.clients import Clients
from blacklight_servicekit.relay import DeadLetter, Event, Handler

from blacklight_candidate.candidates.service import DELETED, PROFILE_CHANGED
from blacklight_candidate.profiles.service import ProfileService

CALL_SECONDS = 20.0
_NEVER = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED)


class ProfileEvents:
    """Handlers of the events of candidates."""

    def __init__(self, profiles: ProfileService, clients: Clients) -> None:
        self._profiles = profiles
        self._clients = clients

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by kind of event."""
        return {PROFILE_CHANGED: self.changed, DELETED: self.deleted}

    async def changed(self, event: Event) -> None:
        """Gives matching the present profile. Events come in any order; the version says which is the latest."""
        tenant_id, candidate_id = _ids(event)
        profile = await asyncio.to_thread(self._profiles.find_profile, tenant_id, candidate_id)
        if profile is not None:
            await self._put(tenant_id, profile)
        # One that was deleted meanwhile must not come back by this delivery, whichever came first.
        if not await asyncio.to_thread(self._profiles.exists, tenant_id, candidate_id):
            await self._delete(tenant_id, candidate_id)

    async def deleted(self, event: Event) -> None:
        """Has matching forget the candidate."""
        await self._delete(*_ids(event))

    async def _put(self, tenant_id: UUID, profile: matching.CandidateProfile) -> None:
        stub = CandidateProfileServiceStub(self._clients.channel("matching"))
        metadata = self._clients.metadata("matching", tenant_id)
        request = matching.PutCandidateProfileRequest(profile=profile)
        try:
            await stub.PutCandidateProfile(request, metadata=metadata, timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            _give_up_on(error)
            raise

    async def _delete(self, tenant_id: UUID, candidate_id: UUID) -> None:
        stub = CandidateProfileServiceStub(self._clients.channel("matching"))
        metadata = self._clients.metadata("matching", tenant_id)
        request = matching.DeleteCandidateProfileRequest(candidate_id=str(candidate_id))
        try:
            await stub.DeleteCandidateProfile(request, metadata=metadata, timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            _give_up_on(error)
            raise


def _ids(event: Event) -> tuple[UUID, UUID]:
    if event.tenant_id is None:
        raise DeadLetter("a candidate without a tenant")
    return event.tenant_id, UUID(event.payload["candidate_id"])


def _give_up_on(error: grpc.aio.AioRpcError) -> None:
    if error.code() in _NEVER:
        raise DeadLetter(f"matching answered {error.code().name}") from error
