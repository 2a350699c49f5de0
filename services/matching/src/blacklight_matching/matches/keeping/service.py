"""Scores, written in bulk: of postings for everybody, of candidates for every posting, each list as long as it may be.

A candidate keeps its best `MOST_MATCHES`, ties by posting. What is stored after any order of changes is what a full
matching of everybody would store (spec 6.10, 6.11; pains P-64, P-65).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
from blacklight_servicekit import bulk, outbox
from blacklight_servicekit.clock import Clock
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from blacklight_matching.blocks import Keys, PostingBlock, ProfileBlock
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
TURNS_KEPT = timedelta(minutes=15)
"""What was matched longer ago is forgotten; a full matching that takes longer looks at all its postings again."""

Pairs = list[tuple[UUID, UUID]]
Known = dict[bytes, bytes | None]
"""Content hashes of postings looked at under the lock, by id; None of those that take no part by now."""
Mask = np.ndarray[Any, np.dtype[np.bool_]]


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
        scored: list[tuple[Bench, list[Scored]]] = []
        if judged:
            scored.append(self._score_judged(session, tenant_id, judged))
        if bench.block.ids and postings.ids:
            known_pairs = {(bench.rows[one], other.bytes) for one, other in judged if one in bench.rows}
            found = Reckoning(bench, postings).matches(self._floors(session, tenant_id, bench))
            scored.append((bench, [each.without(known_pairs) for each in found]))
        number = self._take_turn(session, tenant_id, posting_ids)
        known = self._hashes(session, tenant_id, (each.bytes for each in posting_ids))
        batches = [(of, self._fresh(session, tenant_id, of), pairs) for of, pairs in scored]
        written = self._stage(session, batches, known)
        facts = {"tenant_id": tenant_id, "posting_ids": list(posting_ids)}
        if judged or session.execute(text(sql.IS_MATCHED), facts).scalar_one():
            self._drop_of_postings(session, facts, known)
            keep = sql.KEEP_SCORES
        else:
            keep = sql.KEEP_FIRST_SCORES
        answers = session.execute(text(keep), self._written_as(tenant_id, number)).all() if written else []
        self._cut(session, tenant_id, [(row.candidate_id, row.holding) for row in answers if not row.missed])
        self._ask_for(session, tenant_id, [row.candidate_id for row in answers if row.missed])
        return written

    def prepare(self, session: Session, tenant_id: UUID, candidate_ids: Sequence[UUID]) -> Start:
        """Part: what a full matching of these candidates starts from; ends with the transaction that it is in."""
        number = self._take_turn(session, tenant_id)
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
            with closing(_ahead(Reckoning(start.bench, block) for block in blocks)) as reckonings:
                for reckoning in reckonings:
                    for scored in reckoning.matches(best.least, best.admit):
                        best.add(scored)
        _, (judged,) = self._score_judged(session, tenant_id, start.judged, start.bench)
        found = best.result()
        return joined([judged, *([found.without(set(judged.names()))] if found else [])]), best

    def replace(
        self, session: Session, tenant_id: UUID, start: Start, scored: Scored | None, best: Best, rows: range
    ) -> int:
        """Part: makes what was scored the lists of some of the candidates; what came in meanwhile stays.

        Who has changed since or is gone keeps what is there: a matching of their own comes later. Lists of others may
        be replaced beside it; the tenant's other writers wait, so only a part of many is written at a time. Returns
        how many.
        """
        bench = start.bench_of(rows)
        session.execute(text(sql.LOCK_BESIDE), {"tenant_id": str(tenant_id)})
        fresh = self._fresh(session, tenant_id, bench)
        replaced = [row for row, is_fresh in zip(rows, fresh, strict=True) if is_fresh]
        facts = {
            "tenant_id": tenant_id,
            "candidates": [start.bench.block.ids[row] for row in replaced],
            "floors": [int(best.least[row]) - 1 if best.is_cut[row] else None for row in replaced],
            "since": start.write_number,
        }
        session.execute(text(sql.LOCK_LISTS), facts)
        pairs = []
        if scored is not None:
            pairs = [scored.take((scored.rows >= rows.start) & (scored.rows < rows.stop))]
            np.subtract(pairs[0].rows, rows.start, out=pairs[0].rows)
        known = self._known_since(session, tenant_id, start, pairs)
        written = self._stage(session, [(bench, fresh, pairs)], known)
        number = session.execute(text(sql.NEXT_WRITE)).scalar_one()
        if not session.execute(text(sql.HAVE_MATCHES), facts).scalar_one():
            session.execute(text(sql.KEEP_FIRST_LISTS), facts | self._written_as(tenant_id, number))
            return written
        # What is replaced goes first, and lists are cut last: beside it the new ones might not be among the best.
        session.execute(text(sql.DROP_OF_CANDIDATES), facts)
        if written:
            session.execute(text(sql.KEEP_LISTS), self._written_as(tenant_id, number))
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
        self._take_turn(session, tenant_id, [posting_id])
        facts = {"tenant_id": tenant_id, "posting_id": posting_id}
        lost = session.execute(text(sql.FORGET_POSTING), facts).all()
        self._ask_for(session, tenant_id, [row.candidate_id for row in lost if row.missed])

    def _score_judged(
        self, session: Session, tenant_id: UUID, judged: Pairs, bench: Bench | None = None
    ) -> tuple[Bench, list[Scored]]:
        """Scores of what people have looked at or judged, whoever takes part and whatever has ended."""
        if bench is None:
            candidates = sorted({candidate_id for candidate_id, _ in judged})
            bench = Bench(None, self._profiles.block(session, tenant_id, candidates, all_states=True))
        ids = sorted({posting_id for _, posting_id in judged})
        postings = self._postings.block(session, tenant_id, ids, all_states=True)
        return bench, [Reckoning(bench, postings).judged(*_places(judged, bench, postings))]

    def _known_since(self, session: Session, tenant_id: UUID, start: Start, pairs: Sequence[Scored]) -> Known:
        """What is to be looked at again of what was scored: what has been matched or gone since, and what is judged.

        A posting that has changed since and was not matched yet still is matched later.
        """
        turns = session.execute(text(sql.TURNS_SINCE), {"tenant_id": tenant_id, "since": start.write_number}).one()
        matched = set(_keys(bytes(turns.posting_ids)))
        asked: set[bytes] = set()
        for each in pairs:
            asked |= _distinct_keys(each.postings[each.judged])
            if not turns.are_all_there:
                asked |= _distinct_keys(each.postings)
            elif matched:
                asked |= _distinct_keys(each.postings) & matched
        return self._hashes(session, tenant_id, asked)

    def _hashes(self, session: Session, tenant_id: UUID, keys: Iterable[bytes]) -> Known:
        asked = b"".join(keys)
        found = self._postings.hashes(session, tenant_id, asked) if asked else {}
        return {key: found.get(key) for key in _keys(asked)}

    def _fresh(self, session: Session, tenant_id: UUID, bench: Bench) -> Mask:
        """Who of a bench still is as it is there."""
        fresh = np.ones(len(bench.block.ids), dtype=bool)
        fresh[[bench.rows[candidate_id] for candidate_id in self._profiles.outdated(session, tenant_id, bench)]] = False
        return fresh

    def _stage(self, session: Session, batches: Sequence[tuple[Bench, Mask, list[Scored]]], known: Known) -> int:
        """Brings over what still is as it was scored; the tenant's lock is held. Returns how many."""
        bulk.make_table(session, "scored", sql.SCORED)
        staged = 0
        for bench, fresh, scored in batches:
            for present in (each.present(fresh, known) for each in scored):
                if len(present):
                    bulk.copy_in(session, sql.COPY_SCORED, records(present, bench))
                    staged += len(present)
        return staged

    def _drop_of_postings(self, session: Session, facts: dict[str, Any], known: Known) -> None:
        present = {UUID(bytes=posting_id): content_hash for posting_id, content_hash in known.items() if content_hash}
        facts = facts | {
            "known_ids": list(present),
            "known_hashes": list(present.values()),
            "scorer_version": SCORER_VERSION,
        }
        lost = session.execute(text(sql.DROP_OF_POSTINGS), facts).all()
        self._ask_for(session, facts["tenant_id"], [row.candidate_id for row in lost if row.missed])

    def _written_as(self, tenant_id: UUID, number: int) -> dict[str, Any]:
        """What a statement that writes what was brought over needs."""
        return {
            "tenant_id": tenant_id,
            "scorer_version": SCORER_VERSION,
            "now": self._clock(),
            "most": MOST_MATCHES,
            "write": number,
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

    def _take_turn(self, session: Session, tenant_id: UUID, posting_ids: Sequence[UUID] = ()) -> int:
        """Takes the lock to match these postings, or to note where a full matching begins; returns its number."""
        self._lock(session, tenant_id)
        now = self._clock()
        facts = {"tenant_id": tenant_id, "now": now, "past": now - TURNS_KEPT}
        facts["posting_ids"] = b"".join(each.bytes for each in posting_ids)
        return int(session.execute(text(sql.TAKE_TURN), facts).scalar_one())


def _distinct_keys(keys: Keys) -> set[bytes]:
    return set(_keys(distinct(keys)[0].tobytes()))


def _keys(ids: bytes) -> list[bytes]:
    return [ids[place : place + 16] for place in range(0, len(ids), 16)]


def _places(pairs: Pairs, bench: Bench, postings: PostingBlock) -> tuple[Any, Any]:
    """The rows and columns of the pairs that are in both."""
    rows = bench.rows
    columns = {posting_id: column for column, posting_id in enumerate(postings.ids)}
    found = [(rows[one], columns[other]) for one, other in sorted(pairs) if one in rows and other in columns]
    places = np.array(found, dtype=np.int64).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def _ahead(made: Iterator[Reckoning]) -> Generator[Reckoning]:
    """The same, each made while the one before is used; nobody else uses its session until this is closed."""
    with ThreadPoolExecutor(1, "read-ahead") as beside:
        coming = beside.submit(next, made, None)
        while (present := coming.result()) is not None:
            coming = beside.submit(next, made, None)
            yield present
