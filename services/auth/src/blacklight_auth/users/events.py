"""Tells matching of people who were deactivated, so that their mailboxes are read no more."""

from __future__ import annotations

import grpc.aio
from blacklight.matching.v1.mailbox_service_pb2 import StopUserMailboxesRequest
from blacklight.matching.v1.mailbox_service_pb2_grpc import MailboxServiceStub
from blacklight_servicekit.clients import Clients
from blacklight_servicekit.relay import DeadLetter, Event, Handler

from blacklight_auth.users.service import DEACTIVATED_EVENT

CALL_SECONDS = 20.0
_NEVER = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED)


class UserEvents:
    """Handlers of the events of users."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by kind of event."""
        return {DEACTIVATED_EVENT: self.deactivated}

    async def deactivated(self, event: Event) -> None:
        """Has matching stop the mailboxes of the user."""
        stub = MailboxServiceStub(self._clients.channel("matching"))
        request = StopUserMailboxesRequest(user_id=event.payload["user_id"])
        metadata = self._clients.metadata("matching", event.tenant_id)
        try:
            await stub.StopUserMailboxes(request, metadata=metadata, timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() in _NEVER:
                raise DeadLetter(f"matching answered {error.code().name}") from error
            raise
