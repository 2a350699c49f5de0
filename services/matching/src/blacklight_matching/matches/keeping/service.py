"""Scores, written in bulk: of postings for everybody, of candidates for every posting, each list as long as it may be.

A candidate keeps its best `MOST_MATCHES`, ties by posting. What is stored after any order of changes is what a full
matching of everybody would store (spec 6.10, 6.11; pains P-64, P-65).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from blacklight_servicekit import bulk, outbox
from blacklight_servicekit.clock import Clock
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from blacklight_matching.blocks import PostingBlock, ProfileBlock
from blacklight_matching.matches.keeping import sql
from blacklight_matching.matches.keeping.best import Best, Scored, distinct, joined
from blacklight_matching.matches.keeping.reckoning import Reckoning
from blacklight_matching.matches.keeping.records import records
from blacklight_matching.matches.models import CandidateMatch, MatchList
from blacklight_matching.matches.states import SUGGESTED
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.bench import Bench
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.scoring import SCORER_VERSION

MOST_MATCHES = 500
"""A candidate's best; more help nobody."""

Pairs = list[tuple[UUID, UUID]]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a full matching of candidates begins.

    Attributes:
        takes_part: who of the bench takes part; of the others only what people have judged is kept up to date.
        judged: (candidate, posting) that people have looked at or judged.
        write_number: what was written up to it is replaced, what comes in meanwhile stays.
    """

    bench: Bench
    takes_part: list[bool]
    judged: Pairs
    write_number: int

    def bench_of(self, rows: range) -> Bench:
        """Some of the bench, by themselves."""
        block = self.bench.block
        few = slice(rows.start, rows.stop)
        return Bench(None, ProfileBlock(block.ids[few], block.hashes[few], block.sides[few]))


class MatchKeeping:
    """Parts over the matches of a tenant; every caller brings its own transaction."""

    def __init__(self, clock: Clock, profiles: Profiles, postings: Postings) -> None:
        self._clock = clock
        self._profiles = profiles
        self._postings = postings

    def match_postings(self, session: Session, tenant_id: UUID, posting_ids: Sequence[UUID]) -> int:
        """Part: matches these postings with everybody who takes part; returns how many pairs it wrote.

        What would not come among a candidate's best is left out; suggestions that no longer hold go.
        """
        bench = self._profiles.bench(session, tenant_id)
        postings = self._postings.block(session, tenant_id, posting_ids)
        judged = self._judged(session, tenant_id, CandidateMatch.posting_id.in_(posting_ids))
        batches = [self._score_judged(session, tenant_id, judged)] if judged else []
        if bench.block.ids and postings.ids:
            known_pairs = {(bench.rows[one], other.bytes) for one, other in judged if one in bench.rows}
            found = Reckoning(bench, postings).matches(self._floors(session, tenant_id, bench))
            batches += [(bench, each.without(known_pairs)) for each in found]
        self._lock(session, tenant_id)
        known = self._postings.hashes(session, tenant_id, b"".join(each.bytes for each in posting_ids))
        written = self._stage(session, tenant_id, batches, known)
        facts = {"tenant_id": tenant_id, "posting_ids": list(posting_ids)}
        if judged or session.execute(text(sql.IS_MATCHED), facts).scalar_one():
            self._drop_of_postings(session, facts, known)
            keep = sql.KEEP_SCORES
        else:
            keep = sql.KEEP_FIRST_SCORES
        answers = session.execute(text(keep), self._written_as(session, tenant_id)).all() if written else []
        self._cut(session, tenant_id, [(row.candidate_id, row.holding) for row in answers if not row.missed])
        self._ask_for(session, tenant_id, [row.candidate_id for row in answers if row.missed])
        return written

    def prepare(self, session: Session, tenant_id: UUID, candidate_ids: Sequence[UUID]) -> Start:
        """Part: what a full matching of these candidates starts from; ends with the transaction that it is in."""
        self._lock(session, tenant_id)
        number = session.execute(text(sql.NEXT_WRITE)).scalar_one()
        block = self._profiles.block(session, tenant_id, candidate_ids, all_states=True)
        part = self._profiles.who_take_part(session, tenant_id, block.ids)
        judged = self._judged(session, tenant_id, CandidateMatch.candidate_id.in_(block.ids))
        return Start(Bench(None, block), [each in part for each in block.ids], judged, number)

    def score(self, session: Session, tenant_id: UUID, start: Start, size: int) -> tuple[Scored | None, Best]:
        """Part: every match of the candidates, the best of each, and their judged pairs; writes nothing.

        Postings are read in blocks of `size`, so memory does not grow with their number.
        """
        best = Best(len(start.bench.block.ids), MOST_MATCHES)
        best.least[~np.array(start.takes_part, dtype=bool)] = np.iinfo(np.int16).max
        if not start.bench.block.ids:
            return None, best
        if any(start.takes_part):
            blocks = self._postings.blocks(session, tenant_id, size)
            for reckoning in _ahead(Reckoning(start.bench, block) for block in blocks):
                for scored in reckoning.matches(best.least, best.admit):
                    best.add(scored)
        _, judged = self._score_judged(session, tenant_id, start.judged, start.bench)
        found = best.result()
        return joined([judged, *([found.without(set(judged.names()))] if found else [])]), best

    def replace(
        self, session: Session, tenant_id: UUID, start: Start, scored: Scored | None, best: Best, rows: range
    ) -> int:
        """Part: makes what was scored the lists of some of the candidates; what came in meanwhile stays.

        The tenant's other writers wait, so only a part of many is written at a time. Returns how many.
        """
        bench = start.bench_of(rows)
        if scored is not None:
            scored = scored.take((scored.rows >= rows.start) & (scored.rows < rows.stop))
            np.subtract(scored.rows, rows.start, out=scored.rows)
        self._lock(session, tenant_id)
        ids = b"" if scored is None else distinct(scored.postings)[0].tobytes()
        known = self._postings.hashes(session, tenant_id, ids)  # only now: nobody else writes meanwhile
        written = self._stage(session, tenant_id, [(bench, scored)] if scored else [], known)
        facts: dict[str, Any] = {"tenant_id": tenant_id, "candidates": bench.block.ids, "since": start.write_number}
        facts["floors"] = [int(best.least[row]) - 1 if best.is_cut[row] else None for row in rows]
        if not session.execute(text(sql.HAVE_MATCHES), facts).scalar_one():
            session.execute(text(sql.KEEP_FIRST_LISTS), facts | self._written_as(session, tenant_id))
            return written
        # What is replaced goes first, and lists are cut last: beside it the new ones might not be among the best.
        session.execute(text(sql.DROP_OF_CANDIDATES), facts)
        if written:
            session.execute(text(sql.KEEP_LISTS), self._written_as(session, tenant_id))
        counted = session.execute(text(sql.COUNT_LISTS), facts).all()
        self._cut(session, tenant_id, [(row.candidate_id, row.holding) for row in counted])
        return written

    def forget_candidate(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
        """Part: deletes all that is stored of a candidate's matches."""
        self._lock(session, tenant_id)
        for statement in sql.FORGET:
            session.execute(text(statement), {"tenant_id": tenant_id, "candidate_id": candidate_id})

    def forget_posting(self, session: Session, tenant_id: UUID, posting_id: UUID) -> None:
        """Part: deletes every match of a posting, judged or not."""
        self._lock(session, tenant_id)
        facts = {"tenant_id": tenant_id, "posting_id": posting_id}
        lost = session.execute(text(sql.FORGET_POSTING), facts).all()
        self._ask_for(session, tenant_id, [row.candidate_id for row in lost if row.missed])

    def _score_judged(
        self, session: Session, tenant_id: UUID, judged: Pairs, bench: Bench | None = None
    ) -> tuple[Bench, Scored]:
        """Scores of what people have looked at or judged, whoever takes part and whatever has ended."""
        if bench is None:
            candidates = sorted({candidate_id for candidate_id, _ in judged})
            bench = Bench(None, self._profiles.block(session, tenant_id, candidates, all_states=True))
        ids = sorted({posting_id for _, posting_id in judged})
        postings = self._postings.block(session, tenant_id, ids, all_states=True)
        return bench, Reckoning(bench, postings).judged(*_places(judged, bench, postings))

    def _stage(
        self, session: Session, tenant_id: UUID, batches: Sequence[tuple[Bench, Scored]], known: dict[bytes, bytes]
    ) -> int:
        """Brings over what still is as it was scored; the tenant's lock is held. Returns how many."""
        bulk.make_table(session, "scored", sql.SCORED)
        outdated: dict[int, set[UUID]] = {}
        staged = 0
        for bench, scored in batches:
            if len(scored) and id(bench) not in outdated:
                outdated[id(bench)] = self._profiles.outdated(session, tenant_id, bench)
            fresh = np.ones(len(bench.block.ids), dtype=bool)
            fresh[[bench.rows[candidate_id] for candidate_id in outdated.get(id(bench), ())]] = False
            present = scored.present(fresh, known)
            if len(present):
                bulk.copy_in(session, sql.COPY_SCORED, records(present, bench))
                staged += len(present)
        return staged

    def _drop_of_postings(self, session: Session, facts: dict[str, Any], known: dict[bytes, bytes]) -> None:
        facts = facts | {
            "known_ids": [UUID(bytes=each) for each in known],
            "known_hashes": list(known.values()),
            "scorer_version": SCORER_VERSION,
        }
        lost = session.execute(text(sql.DROP_OF_POSTINGS), facts).all()
        self._ask_for(session, facts["tenant_id"], [row.candidate_id for row in lost if row.missed])

    def _written_as(self, session: Session, tenant_id: UUID) -> dict[str, Any]:
        """What a statement that writes what was brought over needs."""
        return {
            "tenant_id": tenant_id,
            "scorer_version": SCORER_VERSION,
            "now": self._clock(),
            "most": MOST_MATCHES,
            "write": session.execute(text(sql.NEXT_WRITE)).scalar_one(),
        }

    def _cut(self, session: Session, tenant_id: UUID, lists: Iterable[tuple[UUID, int]]) -> None:
        crowded = [(candidate_id, holding - MOST_MATCHES) for candidate_id, holding in lists if holding > MOST_MATCHES]
        if crowded:
            candidates, extras = zip(*crowded, strict=True)
            facts = {"tenant_id": tenant_id, "candidates": list(candidates), "extras": list(extras)}
            session.execute(text(sql.CUT_TO_BEST), facts)

    def _ask_for(self, session: Session, tenant_id: UUID, candidate_ids: Sequence[UUID]) -> None:
        """Has candidates matched in full whose lists lost something that was left out before may replace."""
        for candidate_id in sorted(set(candidate_ids)):
            outbox.add(session, "match_list.short", {"candidate_id": str(candidate_id)}, tenant_id=tenant_id)

    def _floors(self, session: Session, tenant_id: UUID, bench: Bench) -> np.ndarray[Any, np.dtype[np.int16]]:
        """From which score on a pair may come among each candidate's best."""
        least: np.ndarray[Any, np.dtype[np.int16]] = np.zeros(len(bench.block.ids), dtype=np.int16)
        statement = select(MatchList.candidate_id, MatchList.floor_score).where(
            MatchList.tenant_id == tenant_id, MatchList.floor_score.is_not(None)
        )
        for candidate_id, floor in session.execute(statement):
            if candidate_id in bench.rows and floor is not None:
                least[bench.rows[candidate_id]] = floor
        return least

    def _judged(self, session: Session, tenant_id: UUID, of: ColumnElement[bool]) -> Pairs:
        statement = select(CandidateMatch.candidate_id, CandidateMatch.posting_id).where(
            CandidateMatch.tenant_id == tenant_id, CandidateMatch.state != SUGGESTED, of
        )
        return [(row.candidate_id, row.posting_id) for row in session.execute(statement)]

    def _lock(self, session: Session, tenant_id: UUID) -> None:
        session.execute(text(sql.LOCK), {"tenant_id": str(tenant_id)})


def _places(pairs: Pairs, bench: Bench, postings: PostingBlock) -> tuple[Any, Any]:
    """The rows and columns of the pairs that are in both."""
    rows = bench.rows
    columns = {posting_id: column for column, posting_id in enumerate(postings.ids)}
    found = [(rows[one], columns[other]) for one, other in sorted(pairs) if one in rows and other in columns]
    places = np.array(found, dtype=np.int64).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def _ahead(made: Iterator[Reckoning]) -> Iterator[Reckoning]:
    """The same, each made while the one before is used; nobody else uses its session meanwhile."""
    with ThreadPoolExecutor(1, "read-ahead") as beside:
        coming = beside.submit(next, made, None)
        while (present := coming.result()) is not None:
            coming = beside.submit(next, made, None)
            yield present
