"""How well vectors cover what there is. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one kind: those with a vector of the present engine and text, with an older one, and with none."""

    present: int
    stale: int
    missing: int


@dataclass(frozen=True, slots=True)
class EmbeddingTask:
    """What a run of maintenance is to do: kinds of CANDIDATES, POSTINGS, ROLES; only these ids, if any are named;
    with `everything` also what is neither missing nor stale.
    """

    kinds: tuple[str, ...]
    ids: tuple[str, ...] = ()
    everything: bool = False
