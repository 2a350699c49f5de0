"""Why the queue refuses. Pure."""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.errors import FailedPrecondition, NotFound, Unavailable


class QueuedRoleNotFound(NotFound):
    """No role of that id in the queue."""

    def __init__(self, role_id: UUID) -> None:
        super().__init__(f"role {role_id} is not in the queue", reason="QUEUED_ROLE_NOT_FOUND")


class MergeTargetUnknown(Unavailable):
    """A role went into one that has not been told yet."""

    def __init__(self) -> None:
        super().__init__("the role it went into is not in the queue yet", reason="MERGE_TARGET_UNKNOWN")


class RoleRejected(FailedPrecondition):
    """The role was refused; being asked for again does not lift that (D-13)."""

    def __init__(self) -> None:
        super().__init__(
            "this role was rejected; approving the role itself (POST /v1/roles/{role_id}:approve) lifts that",
            reason="ROLE_REJECTED",
        )
