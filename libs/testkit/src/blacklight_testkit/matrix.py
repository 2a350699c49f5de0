"""The permission and cross-tenant matrix of a service: one builder of a valid request for each RPC, real rows in
either of two tenants, and the answers to everybody who may not have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import grpc
from blacklight_servicekit.access import AccessRule
from blacklight_servicekit.app import ServiceApp
from blacklight_servicekit.caller import CallerKind
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.tables import Kind
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from sqlalchemy import text

from blacklight_testkit.calling import Answer, call
from blacklight_testkit.running import RunningApp
from blacklight_testkit.tokens import Metadata, Tokens, all_permissions

Ids = dict[str, str]
"""Ids of the real rows of a tenant, by the names that builders use."""
Request = Message | Sequence[Message]


@dataclass(frozen=True)
class Builder:
    """How to call one RPC well."""

    request: Callable[[Ids], Request]
    """A valid request for the rows that the ids name."""
    shows: str = ""
    """For RPCs that list rows of a tenant: the id that must be in the answer, and the other tenant's must not."""
    shared: str = ""
    """Why what it names is the same for every tenant, where it is."""
    codes: tuple[grpc.StatusCode, ...] = (grpc.StatusCode.OK,)
    """How a valid call ends here; where it is more than OK, the builder says why."""


@dataclass
class World:
    """A running service with rows in two tenants."""

    app: ServiceApp[Any]
    running: RunningApp
    tokens: Tokens
    seed: Callable[[World, UUID], Ids]
    """Makes rows in a tenant, new ones each time."""
    host_key: str = "no-such-key"
    tenants: tuple[UUID, UUID] = field(default_factory=lambda: (new_id(), new_id()))
    users: dict[UUID, UUID] = field(default_factory=dict)
    """Who calls for a tenant, where the service must know them."""
    known: Ids = field(default_factory=dict)

    def first_ids(self) -> Ids:
        """Ids of rows of the first tenant, made on first use."""
        if not self.known:
            self.known = self.seed(self, self.tenants[0])
        return self.known

    def metadata(self, kind: CallerKind, tenant: UUID, permissions: Any = None) -> Metadata:
        """What a caller of a kind sends, as a member of the tenant where the kind has one."""
        if kind is CallerKind.USER:
            return self.tokens.user(tenant, permissions=permissions, user_id=self.users.get(tenant))
        if kind is CallerKind.PLATFORM_ADMIN:
            return self.tokens.platform_admin()
        if kind is CallerKind.SERVICE:
            peer = "auth" if self.app.name != "auth" else "matching"
            return self.tokens.service(peer, self.app.name, tenant)
        return self.tokens.host(self.host_key) if kind is CallerKind.HOST else ()

    def ask(self, method: MethodDescriptor, request: Request, metadata: Metadata) -> Answer:
        """Calls the method."""
        assert self.running.channel is not None
        return call(self.running.channel, method, request, metadata)

    def rpc(self, method: MethodDescriptor, request: Request, kind: CallerKind, tenant: UUID) -> Any:
        """The one message of a call that must go well; for seeding."""
        return self.ask(method, request, self.metadata(kind, tenant)).only


def kinds_refused(world: World, method: MethodDescriptor, builder: Builder) -> dict[CallerKind, Answer]:
    """The answers to every kind of caller that the contract does not name; none where anybody may call."""
    callers = AccessRule.of(method).callers
    if CallerKind.PUBLIC in callers:
        return {}
    request = builder.request(absent(world.first_ids()))
    return {
        kind: world.ask(method, request, world.metadata(kind, world.tenants[0])) for kind in set(CallerKind) - callers
    }


def without_permission(world: World, method: MethodDescriptor, builder: Builder) -> Answer:
    """The answer to a user who holds every permission but the one."""
    held = all_permissions() - {AccessRule.of(method).permission}
    metadata = world.metadata(CallerKind.USER, world.tenants[0], held)
    return world.ask(method, builder.request(absent(world.first_ids())), metadata)


def valid_call(world: World, method: MethodDescriptor, builder: Builder) -> tuple[Ids, Answer]:
    """The ids asked for, and the answer to a caller who holds no more than needed."""
    rule = AccessRule.of(method)
    kind = next((each for each in CallerKind if each in rule.callers - {CallerKind.PUBLIC}), CallerKind.PUBLIC)
    mine = world.seed(world, world.tenants[0])
    held = {rule.permission} - {""}
    return mine, world.ask(method, builder.request(mine), world.metadata(kind, world.tenants[0], held))


def across_tenants(world: World, method: MethodDescriptor, builder: Builder) -> tuple[Answer, Answer]:
    """The answers to a user who names another tenant's rows, and to one who names no row at all."""
    theirs = world.seed(world, world.tenants[1])
    answers = []
    for ids in (theirs, absent(theirs)):
        metadata = world.metadata(CallerKind.USER, world.tenants[0])
        answers.append(_bare(world.ask(method, builder.request(ids), metadata), ids))
    return answers[0], answers[1]


def rows_seen_unfiltered(world: World) -> dict[str, int]:
    """How many rows of the second tenant each walled table shows to a query of the first that has no filter.

    Queries filter by tenant as well, so answers alone would not tell whether the walls in the database stand.
    """
    first, second = world.tenants
    world.seed(world, second)
    seen = {}
    with world.running.database.transaction(first) as session:
        for table in world.app.base.metadata.sorted_tables:
            name = f'"{table.schema}"."{table.name}"'
            readable = session.scalar(text("SELECT has_table_privilege(:name, 'SELECT')"), {"name": name})
            if readable and table.info["kind"] in (Kind.TENANT, Kind.MIXED):
                count = text(f"SELECT count(*) FROM {name} WHERE tenant_id = :tenant")
                seen[table.name] = int(session.scalar(count, {"tenant": second}) or 0)
    return seen


def absent(ids: Mapping[str, str]) -> Ids:
    """Ids of the same names that no row has."""
    return {name: str(new_id()) for name in ids}


def _bare(answer: Answer, ids: Ids) -> Answer:
    """The answer without what must differ: the ids asked for and the id of the call."""

    def clean(text: str) -> str:
        for name, value in ids.items():
            text = text.replace(value, f"<{name}>")
        return text

    metadata = {name: clean(value) for name, value in answer.metadata.items() if name != "request_id"}
    messages = tuple(clean(str(message)) for message in answer.messages)
    return replace(answer, message=clean(answer.message), metadata=metadata, messages=messages, initial={})
