"""What a host's message must be, as far as that shows without the database (F-09)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import UUID

from blacklight.matching.v1.posting_pb2 import PostingDrafts
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.validation import violations
from google.protobuf.message import DecodeError, Message

from blacklight_scraper.fleet.verdicts import BatchWrite
from blacklight_scraper.intake.boundary import refusals
from blacklight_scraper.intake.fills import fills_of
from blacklight_scraper.sessions.refusals import RefusalView, Refused

HELLO_EXPECTED = RefusalView("HELLO_EXPECTED", "the first message must be a hello; connect again with one")
SECOND_HELLO = RefusalView("HELLO_REPEATED", "a hello is sent once, first", field="hello")
EMPTY_MESSAGE = RefusalView("EMPTY_MESSAGE", "the message holds nothing this server knows", field="message")


def inner(message: pb.ConnectRequest) -> Message:
    """What the host says, without its envelope; the envelope itself when it is empty."""
    kind = message.WhichOneof("message")
    said: Message = getattr(message, kind) if kind else message
    return said


def ill_formed(message: pb.ConnectRequest) -> RefusalView | None:
    """What the contract's rules hold against a message, or a NUL in its texts, which no text may hold."""
    kind = message.WhichOneof("message")
    for found in violations(message):
        field = found.field.removeprefix(f"{kind}.")
        return RefusalView("INVALID_FIELD", f"{field}: {found.description}", field=field)
    for field in _with_nul(inner(message)):
        return RefusalView("INVALID_FIELD", f"{field}: must not hold a NUL character", field=field)
    return None


def decode_batch(message: pb.ConnectRequest, caller: Caller, most: int) -> BatchWrite:
    """A batch, checked as far as it goes without the database: each posting by itself.

    A posting at fault is refused by its place in the batch, and the others are taken. Raises Refused for the whole.
    """
    batch = message.batch
    if (refusal := ill_formed(message)) is not None:
        raise Refused(refusal)
    payload = batch.drafts
    if hashlib.sha256(payload).digest() != batch.sha256:
        raise _refused("CHECKSUM_MISMATCH", "sha256 is not that of drafts; send it again", "sha256")
    try:
        drafts = PostingDrafts.FromString(payload)
    except DecodeError as error:
        said = "drafts is no serialised blacklight.matching.v1.PostingDrafts"
        raise _refused("UNREADABLE_DRAFTS", said, "drafts") from error
    received = len(drafts.postings)
    if not 1 <= received <= most:
        raise _refused("BATCH_SIZE", f"a batch holds 1 to {most} postings, this one {received}", "drafts")
    refused = refusals(drafts)
    acknowledgement = pb.BatchAcknowledgement(
        session_id=batch.session_id, sequence=batch.sequence, accepted=received - len(refused), refused=refused
    )
    return BatchWrite(
        api_key_id=UUID(caller.id),
        session_id=UUID(batch.session_id),
        fencing_token=batch.fencing_token,
        sequence=batch.sequence,
        platform=batch.platform,
        payload=payload,
        sha256=batch.sha256,
        received=received,
        accepted=received - len(refused),
        acknowledgement=acknowledgement.SerializeToString(),
        fills=fills_of(drafts.postings),
    )


def _refused(reason: str, message: str, field: str) -> Refused:
    return Refused(RefusalView(reason, message, field=field))


def _with_nul(message: Message) -> Iterator[str]:
    """Names of the texts that hold a NUL, nested ones by their path."""
    for field, value in message.ListFields():
        if isinstance(value, Message):
            yield from (f"{field.name}.{name}" for name in _with_nul(value))
        elif field.type == field.TYPE_STRING and "\x00" in (value if isinstance(value, str) else "".join(value)):
            yield field.name
