"""The errors a service raises; one interceptor turns them into gRPC statuses. Pure.

Each carries a stable UPPER_SNAKE `reason` for programs and a message for people. Messages must not hold
personal data or secrets: they reach clients and logs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One field at fault: `field` is its path in the request, `description` what would be right."""

    field: str
    description: str
    reason: str = ""


class ServiceError(Exception):
    """Base of every expected failure; never raised itself."""

    code = "UNKNOWN"

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        field: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations) or ((Violation(field, message, reason),) if field else ())


class NotFound(ServiceError):
    """No such thing, or another tenant's: both answer alike."""

    code = "NOT_FOUND"


class AlreadyExists(ServiceError):
    """A thing of that key is there."""

    code = "ALREADY_EXISTS"


class Conflict(ServiceError):
    """The thing has changed since the caller read it, or another write stands in the way."""

    code = "ABORTED"


class FailedPrecondition(ServiceError):
    """The thing's state does not allow it."""

    code = "FAILED_PRECONDITION"


class Denied(ServiceError):
    """The caller is known and may not."""

    code = "PERMISSION_DENIED"


class Unauthenticated(ServiceError):
    """The caller is not known: no token, or one that does not hold."""

    code = "UNAUTHENTICATED"


class Invalid(ServiceError):
    """The request is wrong in itself; the violations say where."""

    code = "INVALID_ARGUMENT"


class Exhausted(ServiceError):
    """A limit is reached."""

    code = "RESOURCE_EXHAUSTED"


class Unavailable(ServiceError):
    """Something the service needs does not answer; trying again may help."""

    code = "UNAVAILABLE"
