"""ApiKeyService, and the recognition of hosts by their key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from blacklight.scraper.v1 import api_key_pb2, api_key_service_pb2
from blacklight_servicekit import rpc
from blacklight_servicekit.cache import Cache, cached
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.masks import paths_of, validate_fields

from blacklight_scraper.identifiers import identifier
from blacklight_scraper.keys.encoding import decode_draft, decode_overlap, encode_api_key, probe_of
from blacklight_scraper.keys.secret import hash_of, looks_like_secret
from blacklight_scraper.keys.service import ApiKeys

KEY_TTL = timedelta(seconds=10)
WRITABLE = ("name", "description", "platforms", "rate_limit_per_minute", "expire_time")


class ApiKeyServicer:
    """API keys, for the administrators of the platform."""

    service = api_key_service_pb2.DESCRIPTOR.services_by_name["ApiKeyService"]

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    def CreateApiKey(
        self, request: api_key_service_pb2.CreateApiKeyRequest, caller: Caller
    ) -> api_key_service_pb2.CreateApiKeyResponse:
        """Creates a key; its secret is in this answer only."""
        return self._keys.create(caller, request=request, draft=decode_draft(request), encode=encode_api_key)

    def GetApiKey(self, request: api_key_service_pb2.GetApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Reads one key."""
        return encode_api_key(self._keys.get(caller, api_key_id=UUID(request.api_key_id)))

    def ListApiKeys(
        self, request: api_key_service_pb2.ListApiKeysRequest, caller: Caller
    ) -> api_key_service_pb2.ListApiKeysResponse:
        """Lists keys, newest first."""
        views, token = self._keys.list_keys(caller, page_size=request.page_size, page_token=request.page_token)
        return api_key_service_pb2.ListApiKeysResponse(api_keys=map(encode_api_key, views), next_page_token=token)

    def UpdateApiKey(self, request: api_key_service_pb2.UpdateApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Writes the fields named in the mask."""
        given = request.api_key
        paths = paths_of(request.update_mask, WRITABLE)
        probe = probe_of(given)
        validate_fields(probe, paths)
        view = self._keys.update(
            caller,
            api_key_id=identifier(given.api_key_id, "api_key.api_key_id"),
            draft=decode_draft(probe),
            fields=paths,
            etag=given.etag,
        )
        return encode_api_key(view)

    def PauseApiKey(self, request: api_key_service_pb2.PauseApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Refuses a key until it is resumed."""
        return encode_api_key(self._keys.pause(caller, api_key_id=UUID(request.api_key_id)))

    def ResumeApiKey(self, request: api_key_service_pb2.ResumeApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Admits a paused key again."""
        return encode_api_key(self._keys.resume(caller, api_key_id=UUID(request.api_key_id)))

    def RevokeApiKey(self, request: api_key_service_pb2.RevokeApiKeyRequest, caller: Caller) -> api_key_pb2.ApiKey:
        """Revokes a key for ever."""
        return encode_api_key(self._keys.revoke(caller, api_key_id=UUID(request.api_key_id)))

    def RotateApiKey(
        self, request: api_key_service_pb2.RotateApiKeyRequest, caller: Caller
    ) -> api_key_service_pb2.RotateApiKeyResponse:
        """Gives a key a new secret; it is in this answer only."""
        view, secret = self._keys.rotate(caller, api_key_id=UUID(request.api_key_id), overlap=decode_overlap(request))
        return api_key_service_pb2.RotateApiKeyResponse(api_key=encode_api_key(view), secret=secret)


class HostAuthenticator:
    """Recognises a host by its API key; the answer is kept for ten seconds under the key's hash.

    So a pause, a revocation or a rotation reaches open streams within the interval at which servicekit asks again,
    and ten seconds. While the cache does not answer, the database is asked each time: closed for those it refuses.
    """

    def __init__(self, keys: ApiKeys, cache: Cache) -> None:
        self._keys = keys
        self.cache = cache

    async def __call__(self, api_key: str) -> Caller | None:
        """The host, or None for a key that is unknown, paused, expired or revoked."""
        if not looks_like_secret(api_key):
            return None
        found = await self._admitted(hash_of(api_key).hex())
        if found is None:
            return None
        return Caller(
            CallerKind.HOST, found["id"], platforms=frozenset(found["platforms"]), calls_per_minute=found["rate"]
        )

    @cached(ttl=KEY_TTL, key=lambda self, secret_hash: f"api_key:v2:{secret_hash}")
    async def _admitted(self, secret_hash: str) -> dict[str, Any] | None:
        view = await rpc.blocking(self._keys.find_by_hash, bytes.fromhex(secret_hash))
        if view is None:
            return None
        return {"id": str(view.api_key_id), "platforms": list(view.platforms), "rate": view.rate_limit_per_minute}
