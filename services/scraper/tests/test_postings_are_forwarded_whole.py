"""A batch goes to matching as the host sent it, posting by posting, but for those refused."""

from __future__ import annotations

import pytest
from blacklight.matching.v1 import posting_pb2, posting_service_pb2
from blacklight_scraper.intake import forwarding
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

HEAD = posting_service_pb2.ImportPostingsRequest(batch_id="b", platform="dice", role_id="r", session_id="s")
DRAFTS = st.builds(posting_pb2.PostingDraft, title=st.text(max_size=300), remote=st.none() | st.booleans())


def forwarded(payload: bytes, refused: set[int]) -> posting_service_pb2.ImportPostingsRequest:
    return posting_service_pb2.ImportPostingsRequest.FromString(forwarding.serialised(HEAD, payload, refused))


@given(drafts=st.lists(DRAFTS, max_size=20), refused=st.sets(st.integers(0, 20)))
def test_every_posting_arrives_as_it_was_but_for_those_refused(drafts, refused) -> None:
    found = forwarded(posting_pb2.PostingDrafts(postings=drafts).SerializeToString(), refused)
    assert list(found.postings) == [draft for index, draft in enumerate(drafts) if index not in refused]
    assert (found.batch_id, found.platform, found.role_id, found.session_id) == ("b", "dice", "r", "s")


@pytest.mark.parametrize("unknown", [b"\x18\x05", b"\x12\x03abc", b"\x1b\x08\x01\x1c"])
def test_what_only_a_newer_host_knows_is_left_out(unknown) -> None:
    one, other = (posting_pb2.PostingDraft(title=title, description="x" * 500) for title in ("One", "Other"))
    payload = b"".join(
        posting_pb2.PostingDrafts(postings=[each]).SerializeToString() + unknown for each in (one, other)
    )
    assert list(forwarded(payload, {0}).postings) == [other]


@pytest.mark.parametrize("payload", [b"\x0a", b"\x0a\x05abc", b"\x0a\xff"])
def test_a_payload_that_is_none_is_refused(payload) -> None:
    with pytest.raises(DecodeError):
        forwarding.serialised(HEAD, payload, set())
