"""Calls to the other services, signed with this service's own key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import grpc.aio
from blacklight.auth.v1.auth_service_pb2 import GetJwksRequest, GetSessionAccessRequest
from blacklight.auth.v1.auth_service_pb2_grpc import AuthServiceStub

from blacklight_servicekit.identity import ServiceTokens
from blacklight_servicekit.settings import ServiceSettings

OPTIONS = [
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.max_send_message_length", 16 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]
LOOKUP_SECONDS = 5.0


class Clients:
    """One channel a service, opened on first use; and the token that goes with a call."""

    def __init__(self, settings: ServiceSettings, tokens: ServiceTokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._channels: dict[str, grpc.aio.Channel] = {}

    def channel(self, service: str) -> grpc.aio.Channel:
        """The channel to a service by name."""
        if service not in self._channels:
            self._channels[service] = grpc.aio.insecure_channel(self._settings.address_of(service), OPTIONS)
        return self._channels[service]

    def metadata(self, service: str, tenant_id: UUID | None) -> tuple[tuple[str, str], ...]:
        """The metadata of a call to a service, in a tenant or (None) for the platform."""
        return (("authorization", f"Bearer {self._tokens.token(service, tenant_id)}"),)

    async def close(self) -> None:
        """Closes every channel."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()


class AuthClient:
    """The look-ups of `identity` by RPC."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def jwks(self) -> list[dict[str, str]]:
        """The public keys, as JSON Web Keys."""
        stub = AuthServiceStub(self._clients.channel("auth"))
        metadata = self._clients.metadata("auth", None)
        answer = await stub.GetJwks(GetJwksRequest(), metadata=metadata, timeout=LOOKUP_SECONDS)
        return [{"kid": key.kid, "x": key.x} for key in answer.keys]

    async def session_access(self, session_id: str) -> dict[str, Any]:
        """What the holder of a session may do."""
        stub = AuthServiceStub(self._clients.channel("auth"))
        request = GetSessionAccessRequest(session_id=session_id)
        metadata = self._clients.metadata("auth", None)
        answer = await stub.GetSessionAccess(request, metadata=metadata, timeout=LOOKUP_SECONDS)
        return {"active": answer.active, "permissions": list(answer.permissions)}
