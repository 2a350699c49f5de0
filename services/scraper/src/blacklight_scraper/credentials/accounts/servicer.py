"""CredentialService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.scraper.v1 import credential_pb2
from blacklight.scraper.v1 import credential_service_pb2 as pb
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.masks import paths_of, validate_fields

from blacklight_scraper.credentials.accounts.encoding import (
    decode_secret,
    encode_counts,
    encode_credential,
    encode_secret,
)
from blacklight_scraper.credentials.accounts.service import Accounts
from blacklight_scraper.credentials.states import CredentialState
from blacklight_scraper.identifiers import identifier

WRITABLE = ("name", "profile_key", "notes", "secret")


class CredentialServicer:
    """Accounts on job boards, for the administrators of the platform."""

    service = pb.DESCRIPTOR.services_by_name["CredentialService"]

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def CreateCredential(self, request: pb.CreateCredentialRequest, caller: Caller) -> credential_pb2.Credential:
        """Adds an account."""
        secret = decode_secret(request.secret)
        return self._accounts.create(caller, request=request, secret=secret, encode=encode_credential)

    def GetCredential(self, request: pb.GetCredentialRequest, caller: Caller) -> credential_pb2.Credential:
        """Reads one account."""
        return encode_credential(self._accounts.get(caller, credential_id=UUID(request.credential_id)))

    def ListCredentials(self, request: pb.ListCredentialsRequest, caller: Caller) -> pb.ListCredentialsResponse:
        """Lists accounts."""
        views, token = self._accounts.list_accounts(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            platform=request.platform,
            state=CredentialState(request.state) if request.state else None,
        )
        return pb.ListCredentialsResponse(credentials=map(encode_credential, views), next_page_token=token)

    def UpdateCredential(self, request: pb.UpdateCredentialRequest, caller: Caller) -> credential_pb2.Credential:
        """Writes the fields named in the mask; they are judged by the rules of a new account."""
        given = request.credential
        paths = paths_of(request.update_mask, WRITABLE)
        texts = {"name": given.name, "profile_key": given.profile_key, "notes": given.notes}
        validate_fields(pb.CreateCredentialRequest(**texts, secret=request.secret), paths)
        view = self._accounts.update(
            caller,
            credential_id=identifier(given.credential_id, "credential.credential_id"),
            changes={path: texts[path] for path in paths if path in texts},
            secret=decode_secret(request.secret) if "secret" in paths else None,
            etag=given.etag,
        )
        return encode_credential(view)

    def RevealCredential(self, request: pb.RevealCredentialRequest, caller: Caller) -> credential_pb2.CredentialSecret:
        """Shows what an account signs in with."""
        credential_id = UUID(request.credential_id)
        return encode_secret(self._accounts.reveal(caller, credential_id=credential_id, purpose=request.purpose))

    def DisableCredential(self, request: pb.DisableCredentialRequest, caller: Caller) -> credential_pb2.Credential:
        """Takes an account out."""
        return encode_credential(self._accounts.disable(caller, credential_id=UUID(request.credential_id)))

    def EnableCredential(self, request: pb.EnableCredentialRequest, caller: Caller) -> credential_pb2.Credential:
        """Makes a disabled account available."""
        return encode_credential(self._accounts.enable(caller, credential_id=UUID(request.credential_id)))

    def ResetCredential(self, request: pb.ResetCredentialRequest, caller: Caller) -> credential_pb2.Credential:
        """Makes an account available that failed, rests or needs a sign-in."""
        return encode_credential(self._accounts.reset(caller, credential_id=UUID(request.credential_id)))

    def DeleteCredential(self, request: pb.DeleteCredentialRequest, caller: Caller) -> pb.DeleteCredentialResponse:
        """Deletes an account and its secret."""
        self._accounts.delete(caller, credential_id=UUID(request.credential_id))
        return pb.DeleteCredentialResponse()

    def ListCredentialCounts(
        self, request: pb.ListCredentialCountsRequest, caller: Caller
    ) -> pb.ListCredentialCountsResponse:
        """Counts accounts by platform and state."""
        return pb.ListCredentialCountsResponse(counts=map(encode_counts, self._accounts.counts(caller)))
