"""Asks a language model which of some near roles a name means, where nothing else has settled it (spec 6.7). Pure.

The last resort before a role is made: it can only choose among roles that are there, so that no text makes one (P-19).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from blacklight_matching.language_model import LanguageModel, ModelFailed

SECONDS = 5.0
MOST_AN_HOUR = 100
"""Questions of one process; beyond them a name is settled without."""
_HOUR = 3_600.0
_INSTRUCTIONS = (
    "You are told the name of a job and a numbered list of roles. Say which role is the same job as the name: people "
    "of one would apply for the other under either name. A broader, a narrower or a related job is not the same. "
    'Answer {"same": the number of the role} or {"same": null}.'
)


class RoleChooser:
    """Chooses among roles with a language model, at most so often."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._asked: deque[float] = deque(maxlen=MOST_AN_HOUR)

    def choose(self, name: str, roles: Sequence[str]) -> int | None:
        """The number of the role that means the same, from 0; None when none does or no usable answer came."""
        now = time.monotonic()
        if not roles or (len(self._asked) == MOST_AN_HOUR and now - self._asked[0] < _HOUR):
            return None
        self._asked.append(now)
        told = {"name": name, "roles": {str(number): role for number, role in enumerate(roles)}}
        try:
            same = self._model.ask(_INSTRUCTIONS, told, SECONDS).get("same")
        except ModelFailed:
            return None
        return same if type(same) is int and 0 <= same < len(roles) else None
