"""Calls by descriptor: any RPC of any shape, and its answer as one comparable value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from blacklight_testkit.tokens import Metadata

DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True)
class Answer:
    """How a call ended. `messages` holds every answer; the error's parts are empty when it went well."""

    code: grpc.StatusCode
    message: str = ""
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    violations: tuple[tuple[str, str], ...] = ()
    messages: tuple[Any, ...] = ()
    initial: dict[str, str] = field(default_factory=dict)

    @property
    def only(self) -> Any:
        """The one message of a call that went well."""
        assert self.code is grpc.StatusCode.OK, self
        assert len(self.messages) == 1, self
        return self.messages[0]


def call(
    channel: grpc.Channel,
    method: MethodDescriptor,
    request: Message | Sequence[Message],
    metadata: Metadata = (),
    timeout: float = 20.0,
) -> Answer:
    """Calls the method with a request (or, where it takes a stream, all of them) and reads every answer."""
    ongoing = start(channel, method, request, metadata, timeout)
    try:
        messages = tuple(ongoing)
        initial = {str(key): str(value) for key, value in ongoing.initial_metadata()}
        return Answer(grpc.StatusCode.OK, messages=messages, initial=initial)
    except grpc.RpcError as error:
        return failure(error)


def start(
    channel: grpc.Channel,
    method: MethodDescriptor,
    request: Message | Iterable[Message],
    metadata: Metadata = (),
    timeout: float = 20.0,
) -> Any:
    """The call, under way; iterate over it for the answers. Unary shapes are called as streams, which is the same
    on the wire.
    """
    path = f"/{method.containing_service.full_name}/{method.name}"
    answers: grpc.StreamStreamMultiCallable[Message, Message] = channel.stream_stream(
        path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )
    requests = iter([request]) if isinstance(request, Message) else iter(request)
    return answers(requests, timeout=timeout, metadata=metadata)


def failure(error: grpc.RpcError) -> Answer:
    """The answer of a call that failed, with the details of google.rpc.Status."""
    trailers: dict[Any, Any] = dict(list[Any](error.trailing_metadata() or ()))
    status = status_pb2.Status.FromString(trailers.get(DETAILS, b""))
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        for known in (info, bad):
            detail.Unpack(known)
    return Answer(
        error.code(),
        error.details() or "",
        info.reason,
        dict(info.metadata),
        tuple((found.field, found.reason) for found in bad.field_violations),
    )
