"""ApiKeyService, and the recognition of hosts by their key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight.scraper.v1 import api_key_pb2, api_key_service_pb2
from blacklight_servicekit import rpc
from blacklight_servicekit.cache import Cache, cached
from blacklight_servicekit.caller import Caller, CallerKind
from google.protobuf.timestamp_pb2 import Timestamp

from blacklight_scraper.keys.secret import hash_of, looks_like_secret
from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.keys.views import ApiKeyView

KEY_TTL = timedelta(seconds=10)


class ApiKeyServicer:
    """API keys, for the administrators of the platform."""

    service = api_key_service_pb2.DESCRIPTOR.services_by_name["ApiKeyService"]

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    def CreateApiKey(
        self, request: api_key_service_pb2.CreateApiKeyRequest, caller: Caller
    ) -> api_key_service_pb2.CreateApiKeyResponse:
        """Creates a key; its secret is in this answer only."""
        return self._keys.create(caller, request=request, encode=encode_api_key)

    def GetApiKey(self, request: api_key_service_pb2.GetApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Reads one key."""
        return encode_api_key(self._keys.get(caller, api_key_id=UUID(request.api_key_id)))

    def ListApiKeys(
        self, request: api_key_service_pb2.ListApiKeysRequest, caller: Caller
    ) -> api_key_service_pb2.ListApiKeysResponse:
        """Lists keys, newest first."""
        views, token = self._keys.list_keys(caller, page_size=request.page_size, page_token=request.page_token)
        return api_key_service_pb2.ListApiKeysResponse(api_keys=map(encode_api_key, views), next_page_token=token)

    def RevokeApiKey(self, request: api_key_service_pb2.RevokeApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Revokes a key for ever."""
        return encode_api_key(self._keys.revoke(caller, api_key_id=UUID(request.api_key_id)))


class HostAuthenticator:
    """Recognises a host by its API key; the answer is kept for ten seconds under the key's hash."""

    def __init__(self, keys: ApiKeys, cache: Cache) -> None:
        self._keys = keys
        self.cache = cache

    async def __call__(self, api_key: str) -> Caller | None:
        """The host, or None for a key that is unknown or revoked."""
        if not looks_like_secret(api_key):
            return None
        found = await self._admitted(hash_of(api_key).hex())
        if found is None:
            return None
        return Caller(CallerKind.HOST, found["id"], platforms=frozenset(found["platforms"]))

    @cached(ttl=KEY_TTL, key=lambda self, secret_hash: f"api_key:v1:{secret_hash}")
    async def _admitted(self, secret_hash: str) -> dict[str, Any] | None:
        view = await rpc.blocking(self._keys.find_by_hash, bytes.fromhex(secret_hash))
        return None if view is None else {"id": str(view.api_key_id), "platforms": list(view.platforms)}


def _stamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def encode_api_key(view: ApiKeyView) -> api_key_pb2.ApiKey:
    """A key as a message."""
    return api_key_pb2.ApiKey(
        api_key_id=str(view.api_key_id),
        name=view.name,
        platforms=view.platforms,
        prefix=view.prefix,
        state=api_key_pb2.API_KEY_STATE_REVOKED if view.revoke_time else api_key_pb2.API_KEY_STATE_ACTIVE,
        create_time=_stamp(view.create_time),
        last_used_time=_stamp(view.last_used_time),
        revoke_time=_stamp(view.revoke_time),
    )
