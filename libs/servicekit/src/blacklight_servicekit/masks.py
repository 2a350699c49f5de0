"""Update masks (AIP-134): which fields an update writes."""

from __future__ import annotations

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.validation import refuse, violations


def paths_of(update_mask: FieldMask, allowed: Collection[str]) -> list[str]:
    """The mask's paths, each once. Raises Invalid when it is empty or names a field that can't be written."""
    paths = list(dict.fromkeys(update_mask.paths))
    if not paths:
        raise Invalid(
            f"update_mask is empty; name the fields to write: {', '.join(sorted(allowed))}",
            reason="EMPTY_MASK",
            field="update_mask",
        )
    unknown = [path for path in paths if path not in allowed]
    if unknown:
        raise Invalid(
            f"update_mask names {unknown[0]!r}, which can't be written; these can: {', '.join(sorted(allowed))}",
            reason="UNKNOWN_FIELD",
            field="update_mask",
        )
    return paths


def validate_fields(message: Message, paths: Collection[str]) -> None:
    """Raises Invalid for what the contract's rules hold against the named fields of the message."""

    def concerns(field: str) -> bool:
        return field.split(".")[0].split("[")[0] in paths

    refuse([found for found in violations(message) if concerns(found.field)])
