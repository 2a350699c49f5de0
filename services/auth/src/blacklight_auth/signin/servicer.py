"""gRPC methods of `AuthService`."""

from __future__ import annotations

from uuid import UUID

from blacklight.auth.v1 import auth_service_pb2
from blacklight_servicekit.caller import Caller
from google.protobuf.empty_pb2 import Empty

from blacklight_auth.keys.sealing import public_x
from blacklight_auth.keys.service import SigningKeys
from blacklight_auth.signin.service import SignIn, Tokens


class AuthServicer:
    """Sign-in, sessions and keys."""

    service = auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"]

    def __init__(self, sign_in: SignIn, keys: SigningKeys) -> None:
        self._sign_in = sign_in
        self._keys = keys

    def Login(self, request: auth_service_pb2.LoginRequest, caller: Caller) -> auth_service_pb2.TokenPair:
        """Begins a session."""
        return _pair(self._sign_in.login(caller, email=request.email, password=request.password))

    def RefreshToken(self, request: auth_service_pb2.RefreshTokenRequest, caller: Caller) -> auth_service_pb2.TokenPair:
        """Renews a session."""
        return _pair(self._sign_in.refresh(caller, refresh_token=request.refresh_token))

    def Logout(self, request: auth_service_pb2.LogoutRequest, caller: Caller) -> Empty:
        """Ends the caller's session."""
        self._sign_in.logout(caller)
        return Empty()

    def SetPassword(self, request: auth_service_pb2.SetPasswordRequest, caller: Caller) -> Empty:
        """Sets a password by one-time token."""
        self._sign_in.set_password(caller, token=request.token, new_password=request.new_password)
        return Empty()

    def GetMe(self, request: auth_service_pb2.GetMeRequest, caller: Caller) -> auth_service_pb2.Me:
        """Who the caller is."""
        return self._sign_in.me(caller)

    def GetJwks(self, request: auth_service_pb2.GetJwksRequest, caller: Caller) -> auth_service_pb2.JwkSet:
        """The keys that access tokens are verified with."""
        return auth_service_pb2.JwkSet(
            keys=[
                auth_service_pb2.Jwk(kty="OKP", crv="Ed25519", x=public_x(key), kid=kid, alg="EdDSA", use="sig")
                for kid, key in self._keys.public_keys().items()
            ]
        )

    def GetSessionAccess(
        self, request: auth_service_pb2.GetSessionAccessRequest, caller: Caller
    ) -> auth_service_pb2.SessionAccess:
        """What the holder of a session may do."""
        access = self._sign_in.session_access(UUID(request.session_id))
        return auth_service_pb2.SessionAccess(active=access.active, permissions=sorted(access.permissions))


def _pair(tokens: Tokens) -> auth_service_pb2.TokenPair:
    pair = auth_service_pb2.TokenPair(access_token=tokens.access_token, refresh_token=tokens.refresh_token)
    pair.access_expire_time.FromDatetime(tokens.access_expire_time)
    pair.refresh_expire_time.FromDatetime(tokens.refresh_expire_time)
    return pair
