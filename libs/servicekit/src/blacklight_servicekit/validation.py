"""protovalidate, as violations in our own words."""

from __future__ import annotations

import functools
from typing import Any

import protovalidate
from google.protobuf.message import Message

from blacklight_servicekit.errors import Invalid, Violation


@functools.cache
def _validator() -> protovalidate.Validator:
    return protovalidate.Validator()


def _path(field: Any) -> str:
    """`a.b[2].c` from a violation's field path; empty for a rule about the whole message."""
    if field is None:
        return ""
    text = ""
    for element in field.elements:
        text += ("." if text else "") + element.field_name
        subscript = element.subscript
        if subscript is not None and subscript.field in ("index", "string_key", "int_key", "uint_key"):
            text += f"[{subscript.value}]"
    return text


def violations(message: Message) -> list[Violation]:
    """What the contract's rules hold against the message; empty when it is well formed."""
    return [
        Violation(_path(found.proto.field), found.proto.message or found.proto.rule_id, "INVALID_FIELD")
        for found in _validator().collect_violations(message)
    ]


def refuse(found: list[Violation]) -> None:
    """Raises Invalid with the violations, if there are any."""
    if found:
        first = found[0]
        raise Invalid(
            f"{first.field}: {first.description}" if first.field else first.description,
            reason="INVALID_FIELD",
            violations=found,
        )


def check(message: Message) -> None:
    """Raises Invalid unless the message is well formed."""
    refuse(violations(message))
