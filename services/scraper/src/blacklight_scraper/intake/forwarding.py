"""A batch's postings as matching takes them, serialised, without taking them apart. Pure.

Hosts send `PostingDrafts`; matching takes `ImportPostingsRequest`. In both a posting is a field that stands by itself,
so only its number has to be changed: a copy of 600 kB instead of several thousand texts made and written again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from blacklight.matching.v1 import posting_pb2, posting_service_pb2

_DELIMITED = 2


def _tag(number: int) -> int:
    return number << 3 | _DELIMITED


_GIVEN = _tag(posting_pb2.PostingDrafts.DESCRIPTOR.fields_by_name["postings"].number)
_TAKEN = bytes([_tag(posting_service_pb2.ImportPostingsRequest.DESCRIPTOR.fields_by_name["postings"].number)])


def serialised(request: posting_service_pb2.ImportPostingsRequest, payload: bytes, refused: Collection[int]) -> bytes:
    """The request with the postings of a payload (a serialised PostingDrafts) but for those refused, by their index.

    Raises google.protobuf.message.DecodeError where the payload is none.
    """
    try:
        places = list(_places(payload))
    except ValueError:
        return serialised(request, _plain(payload), refused)
    view = memoryview(payload)
    pieces: list[bytes | memoryview] = [request.SerializeToString()]
    for index, (start, end) in enumerate(places):
        if index not in refused:
            pieces += (_TAKEN, view[start:end])
    return b"".join(pieces)


def _plain(payload: bytes) -> bytes:
    """The payload without what only a newer host knows, in the usual form."""
    drafts = posting_pb2.PostingDrafts.FromString(payload)
    drafts.DiscardUnknownFields()
    return drafts.SerializeToString()


def _places(payload: bytes) -> Iterator[tuple[int, int]]:
    """Where each posting stands: its length and its bytes. Raises ValueError where something else stands."""
    place = 0
    while place < len(payload):
        if payload[place] != _GIVEN:
            raise ValueError("a field that is no posting")
        start = place + 1
        length, place = _number(payload, start)
        place += length
        if place > len(payload):
            raise ValueError("a posting that is cut off")
        yield start, place


def _number(payload: bytes, place: int) -> tuple[int, int]:
    """A number in base 128, its lowest digits first, and the place after it."""
    number = shift = 0
    while True:
        if place >= len(payload):
            raise ValueError("a number that is cut off")
        digits = payload[place]
        number |= (digits & 0x7F) << shift
        shift += 7
        place += 1
        if digits < 0x80:
            return number, place
