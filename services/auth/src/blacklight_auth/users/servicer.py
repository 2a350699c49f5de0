"""gRPC methods of `UserService`."""

from __future__ import annotations

from uuid import UUID

from blacklight.auth.v1 import user_pb2, user_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_auth.users.service import Users


class UserServicer:
    """Portal users of the caller's tenant."""

    service = user_service_pb2.DESCRIPTOR.services_by_name["UserService"]

    def __init__(self, users: Users) -> None:
        self._users = users

    def CreateUser(
        self, request: user_service_pb2.CreateUserRequest, caller: Caller
    ) -> user_service_pb2.CreateUserResponse:
        """Makes a user."""
        return self._users.create(caller, request)

    def GetUser(self, request: user_service_pb2.GetUserRequest, caller: Caller) -> user_pb2.User:
        """Reads a user."""
        return self._users.get(caller, user_id=UUID(request.user_id))

    def ListUsers(
        self, request: user_service_pb2.ListUsersRequest, caller: Caller
    ) -> user_service_pb2.ListUsersResponse:
        """Lists users."""
        return self._users.list_(caller, page_size=request.page_size, page_token=request.page_token)

    def DeactivateUser(self, request: user_service_pb2.DeactivateUserRequest, caller: Caller) -> user_pb2.User:
        """Ends a user's access."""
        return self._users.deactivate(caller, user_id=UUID(request.user_id), etag=request.etag)
