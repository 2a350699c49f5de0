"""What makes a submission by REST the same as one before (P-34). Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from blacklight_servicekit.errors import Conflict

from blacklight_scraper.rest.bodies import SubmissionBody


class AlreadyReported(Conflict):
    """The platform was submitted with another content, which stands."""

    def __init__(self) -> None:
        super().__init__(
            "this platform of the session was submitted with other content, which stands",
            reason="ALREADY_REPORTED",
            field="platform",
        )


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A submission's own id, or where it has none the digest of its content; and that digest."""

    key: str
    sha256: bytes

    @classmethod
    def of(cls, body: SubmissionBody) -> Fingerprint:
        """Of the content as it was understood: neither spaces nor the order of fields nor the id count."""
        content = body.model_dump(exclude={"submission_id"})
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
        return cls(body.submission_id or digest.hexdigest(), digest.digest())


@dataclass(frozen=True, slots=True)
class Known:
    """A submission that was taken before, with its answer."""

    key: str
    sha256: bytes
    answer: bytes


def same_as(known: list[Known], fingerprint: Fingerprint) -> Known | None:
    """The submission before that this one repeats; None where the platform has none. Raises AlreadyReported."""
    for each in known:
        if each.sha256 == fingerprint.sha256:
            return each
    if known:
        raise AlreadyReported
    return None


def answer_of(answer: dict[str, Any]) -> bytes:
    """An answer as it is sent and kept."""
    return json.dumps(answer, separators=(",", ":")).encode()
