"""The access rule of an RPC, read from the contract, and its enforcement. Pure but for the stubs."""

from __future__ import annotations

from dataclasses import dataclass

from blacklight.options.v1 import options_pb2
from google.protobuf.descriptor import MethodDescriptor

from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.errors import Denied, Unauthenticated


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may call an RPC.

    Attributes:
        permission: dotted name, or empty.
        widened_by: permissions that show the caller more; not needed, and looked at by the service.
    """

    callers: frozenset[CallerKind]
    permission: str
    any_tenant: bool
    widened_by: frozenset[str] = frozenset()

    @classmethod
    def of(cls, method: MethodDescriptor) -> AccessRule:
        """The rule of a method. Raises ValueError where the contract says none."""
        options = method.GetOptions()
        if not options.HasExtension(options_pb2.access):
            raise ValueError(f"{method.full_name} has no access option")
        access = options.Extensions[options_pb2.access]
        kinds = [options_pb2.CallerKind.Name(kind).removeprefix("CALLER_KIND_") for kind in access.callers]
        return cls(
            frozenset(CallerKind(kind) for kind in kinds),
            permission_name(access.permission),
            access.any_tenant,
            frozenset(permission_name(each) for each in access.widened_by),
        )

    def check(self, caller: Caller) -> None:
        """Raises Unauthenticated or Denied unless the caller may."""
        if caller.kind not in self.callers:
            if caller.kind is CallerKind.PUBLIC:
                raise Unauthenticated("this call needs a token", reason="TOKEN_MISSING")
            raise Denied(
                f"not for callers of kind {caller.kind}; for {', '.join(sorted(self.callers))}",
                reason="CALLER_KIND",
            )
        if self.permission and caller.kind is CallerKind.USER and self.permission not in caller.permissions:
            raise Denied(
                f"this call needs the permission {self.permission}",
                reason="PERMISSION_DENIED",
                metadata={"permission": self.permission},
            )
        if not self.any_tenant:
            _ = caller.tenant


def permission_name(permission: int) -> str:
    """The dotted name of a permission of the contract; empty for unspecified."""
    value = options_pb2.Permission.DESCRIPTOR.values_by_number[permission]
    return value.GetOptions().Extensions[options_pb2.grant].name
