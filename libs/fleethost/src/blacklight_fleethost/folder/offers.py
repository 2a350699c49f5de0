"""Which postings of a folder a search for a role finds. Pure.

A record's `role_hint` names the role whose search finds it; without one its title decides. A folder that names no role
at all is offered whole: its owner wants every record read. A record with `stray: true` is what a board mixes into its
results: each is dealt to one of the hints in turn, so that the files are dealt alike by every host and in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from blacklight.matching.v1.posting_pb2 import PostingDraft

from blacklight_fleethost.role_search import names_role, title_fits


@dataclass(frozen=True, slots=True)
class Offer:
    """A posting of a board, and whose search finds it."""

    platform: str
    hint: str
    stray: bool
    draft: PostingDraft


class Offers:
    """All postings of a folder at one time."""

    def __init__(self, given: Iterable[Offer]) -> None:
        listed = list(given)
        hints = sorted({offer.hint for offer in listed if offer.hint and not offer.stray})
        self._has_hints = bool(hints)
        self._offers = _dealt(listed, hints)
        self.platforms = frozenset(offer.platform for offer in listed)

    def found(self, platform: str, names: list[str]) -> list[PostingDraft]:
        """A board's postings for a role of these names."""
        return [offer.draft for offer in self._offers if offer.platform == platform and self._fits(offer, names)]

    def _fits(self, offer: Offer, names: list[str]) -> bool:
        if offer.hint:
            return names_role(offer.hint, names)
        return not self._has_hints or title_fits(offer.draft.title, names)


def _dealt(offers: list[Offer], hints: list[str]) -> list[Offer]:
    dealt: Counter[str] = Counter()
    made = []
    for offer in offers:
        if offer.stray:
            hint = hints[dealt[offer.platform] % len(hints)] if hints else ""
            dealt[offer.platform] += 1
            offer = replace(offer, hint=hint)
        made.append(offer)
    return made
