"""What a list of postings is asked for. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

CREATED, POSTED, SEEN, TITLE = "create_time desc", "posted_time desc", "last_seen_time desc", "title"
EXPIRED_LATELY = "expired lately"
"""Not to be asked for: the order of expired postings, unless another is."""


@dataclass(frozen=True, slots=True)
class PostingQuery:
    """Filters and order; empty is any.

    Attributes:
        search: words to find, in the syntax of web search engines ("java -angular", "or", quotes).
        state: ACTIVE, EXPIRED, FILLED or CLOSED.
        sourced_by: only postings that came by mail to this user.
    """

    search: str = ""
    platform: str = ""
    role_id: UUID | None = None
    state: str = ""
    title: str = ""
    company: str = ""
    location: str = ""
    workplace: str = ""
    contract_type: str = ""
    origin: str = ""
    sourced_by: UUID | None = None
    skills: tuple[str, ...] = ()
    order_by: str = ""

    @property
    def order(self) -> str:
        """The order that is asked for, or the one that an index has for the state."""
        return self.order_by or (EXPIRED_LATELY if self.state == "EXPIRED" else CREATED)

    def bound(self) -> dict[str, object]:
        """What a page token is bound to."""
        return asdict(self)
