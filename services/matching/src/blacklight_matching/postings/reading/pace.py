"""When reading gives way to what comes in. Pure.

Postings may come in faster than they can be read. Reading them at once would then slow their coming in, and they would
wait all the same; so while they pour in only a short page now and then is read, and the rest when it is over.
"""

from __future__ import annotations

PAGE = 500
"""Postings that are read at a time: at most about two seconds of reading."""
LOOK_SECONDS = 1.0
"""How long to wait before asking again."""
_RUSH = 500
"""Postings in a look, and a second, from which on they pour in."""
_REST_SECONDS = 15.0
"""Reading never stands still for longer."""
_RUSH_PAGE = 50
"""Postings that are read then."""


class Pace:
    """Asked before each page, with the ticket last drawn by a waiting posting: they count upwards, 0 when none waits.

    Attributes:
        page: how many postings to read now.
    """

    def __init__(self) -> None:
        self.page = PAGE
        self._ticket: int | None = None
        self._looked = self._read = float("-inf")

    def rests(self, ticket: int, now: float) -> bool:
        """Whether to wait and ask again, at a time in seconds."""
        if not ticket:  # nothing to compare with: the next one would seem to have come with all before it
            self.page, self._read = PAGE, now
            return False
        came = 0 if self._ticket is None else ticket - self._ticket
        rush = came >= _RUSH * max(1.0, now - self._looked)
        self._ticket, self._looked = ticket, now
        self.page = _RUSH_PAGE if rush else PAGE
        if rush and now - self._read < _REST_SECONDS:
            return True
        self._read = now
        return False
