"""What a host needs of a board: something that reads postings for a role.

A reader yields postings as the board gives them. Ending normally says that all of them were yielded; ending without
one says that nothing came, which is no success. The board's own word that there is nothing is `NothingThere`, and any
trouble is `PlatformFailed` with its reason (spec 8.4, 8.7).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1.fleet_service_pb2 import Assignment
from blacklight.scraper.v1.session_pb2 import FailureReason


class NothingThere(Exception):
    """The board said that it has no posting for this role."""


class PlatformFailed(Exception):
    """The board could not be read; `message` is for a person and holds no secrets."""

    def __init__(self, reason: FailureReason.ValueType, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Reader(Protocol):
    """Reads boards."""

    def read(self, assignment: Assignment, platform: str) -> AsyncIterator[PostingDraft]:
        """The postings of `platform` for the role of `assignment`.

        After a crash it is asked again; what it yields again is recognised and not sent again. Raises NothingThere
        and PlatformFailed.
        """
