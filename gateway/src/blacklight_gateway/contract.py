"""The contract as the gateway needs it: which RPCs there are, their paths, and who may call them."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from blacklight.options.v1 import options_pb2
from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import DescriptorPool

PREFIX = "CALLER_KIND_"


def descriptor_path() -> Path:
    """The compiled descriptor set that Envoy transcodes with."""
    return Path(str(importlib.resources.files("blacklight").joinpath("descriptor.binpb")))


@dataclass(frozen=True)
class Binding:
    """A REST binding: HTTP method, path template, and which field the body is (`*` = the whole message)."""

    verb: str
    path: str
    body: str

    @property
    def variables(self) -> list[str]:
        """Field paths in the template, in order."""
        return re.findall(r"{([^}=]+)(?:=[^}]*)?}", self.path)

    @property
    def regex(self) -> str:
        """The template as a regular expression (RE2) of a whole path."""
        parts = re.split(r"{[^}]+}", self.path)
        return "[^/:]+".join(re.escape(part).replace(r"\-", "-") for part in parts)


@dataclass(frozen=True)
class Rpc:
    """One RPC: its gRPC path, the service that owns it, who may call it, and its REST bindings, if it has any."""

    method: MethodDescriptor
    owner: str
    callers: frozenset[str]
    bindings: tuple[Binding, ...]

    @property
    def binding(self) -> Binding | None:
        """The first of its REST bindings."""
        return self.bindings[0] if self.bindings else None

    @property
    def grpc_path(self) -> str:
        """`/package.Service/Method`."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def streams(self) -> bool:
        """True for any kind of stream."""
        return bool(self.method.client_streaming or self.method.server_streaming)

    @property
    def watches(self) -> bool:
        """True for a stream to the client that goes on for as long as it wants, named `Watch…`."""
        return bool(self.method.server_streaming and self.method.name.startswith("Watch"))

    @property
    def uploads(self) -> bool:
        """True for a stream of a file from the client."""
        return bool(self.method.client_streaming and self.binding)

    @property
    def fleet_rest(self) -> bool:
        """True for the fleet's contract by REST: hosts' calls that are no streams."""
        return self.callers == {"HOST"} and not self.streams

    @property
    def public(self) -> bool:
        """True where nobody needs a token."""
        return "PUBLIC" in self.callers

    @property
    def external(self) -> bool:
        """True where somebody besides services may call it; the gateway routes no other."""
        return self.callers != frozenset({"SERVICE"})


def rpcs() -> Iterator[Rpc]:
    """Every RPC of ours, by file and position."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_path().read_bytes())
    pool = DescriptorPool()
    for file in files.file:
        pool.AddSerializedFile(file.SerializeToString())
    for file in sorted(files.file, key=lambda file: file.name):
        if not file.package.startswith("blacklight."):
            continue
        for service in pool.FindFileByName(file.name).services_by_name.values():
            for method in service.methods:
                yield _rpc(method, file.package.split(".")[1])


def _rpc(method: MethodDescriptor, owner: str) -> Rpc:
    # Options are read again with the generated classes: those of a private pool don't know the extensions.
    options = descriptor_pb2.MethodOptions.FromString(method.GetOptions().SerializeToString())
    access = options.Extensions[options_pb2.access]
    callers = frozenset(options_pb2.CallerKind.Name(kind).removeprefix(PREFIX) for kind in access.callers)
    return Rpc(method, owner, callers, bindings_of(options))


def bindings_of(options: descriptor_pb2.MethodOptions) -> tuple[Binding, ...]:
    """The REST bindings that a method's options say, the main one first; none is no REST."""
    if not options.HasExtension(annotations_pb2.http):
        return ()
    main = options.Extensions[annotations_pb2.http]
    return tuple(_binding(rule) for rule in (main, *main.additional_bindings))


def _binding(rule: http_pb2.HttpRule) -> Binding:
    verb = rule.WhichOneof("pattern")
    assert verb is not None
    return Binding(verb.upper(), getattr(rule, verb), rule.body)
