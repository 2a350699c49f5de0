"""S3: all matches of a tenant made anew: 2,000 candidates x 100,000 postings, the best 200 of each stored.

Ours: `CandidateIntake.match_all` on a real PostgreSQL, from reading both sides to the last commit, with nothing
stored before; in a process of its own with the setting of matching's processes (one thread of BLAS). The data are
invented (`s3_rows`): 20 families of 40 skills, families and skills as frequent as their rank allows (Zipf), 20 skills
common to all; vectors around the centre of the family, with a part that all texts share; years asked by seven postings
in ten.

Baselines, in the same run on the same server with the same settings: the scorer of one pair in a Python loop,
extrapolated from 1,000 pairs; and the bare work: the product of the vectors as float32 in tiles on all processors, and
the same rows copied and inserted into the same table with the same indexes by one statement, nothing compared or
counted.

The memory is the greatest resident size while it runs less the one before, with 20,000 postings and with 100,000: it
does not grow with them.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psutil
from blacklight_matching.app import APP
from blacklight_matching.intake.candidate.service import POSTINGS_AT_ONCE, CandidateIntake
from blacklight_matching.matches.keeping import service
from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.service import Roles
from blacklight_matching.scoring import score_pair
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.rights.service import Rights
from blacklight_servicekit import bulk
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from blacklight_testkit import servers
from blacklight_testkit.databases import Databases, DatabaseUrls
from sqlalchemy import create_engine, text

from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict
from tests.load.s3_rows import DIMENSIONS, Makes, add_candidates, add_postings

CANDIDATES, POSTINGS, SMALLER, MOST = 2_000, 100_000, 20_000, 200
PAIRS_LOOPED, SEED, TILE = 1_000, 20261124, 500
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
LOOP_TIMES, BARE_TIMES = 100.0, 2.0
EMPTY = "TRUNCATE matching.candidate_matches, matching.match_lists"


class Growth:
    """By how many megabytes the process grows at most while something runs."""

    def __init__(self) -> None:
        self._process, self._ended = psutil.Process(), threading.Event()
        self.most = 0.0

    def __enter__(self) -> Growth:
        gc.collect()
        self._before = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self.most = max(self.most, (self._process.memory_info().rss - self._before) / 1e6)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Measured:
    """The parts of matching that are measured, on a database of their own."""

    def __init__(self, urls: DatabaseUrls, tenant_id: UUID) -> None:
        self.urls = urls
        self.database = database = Database(urls.app, urls.platform)
        self.admin = create_engine(urls.admin.replace("postgresql://", "postgresql+psycopg2://"))
        self.profiles = Profiles(utc_now)
        self.postings = Postings(database, utc_now, ExpiryRule())
        keeping = MatchKeeping(utc_now, self.profiles, self.postings)
        submissions = Submissions(database, utc_now, Rights(utc_now, 90))
        self.intake = CandidateIntake(database, self.profiles, Roles(database, utc_now), keeping, submissions)
        self.makes, self.caller = Makes(SEED), Caller.service("matching", tenant_id)

    def as_admin(self, *statements: str) -> None:
        """Runs statements that the service may not."""
        with self.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                connection.execute(text(statement))

    def add_postings(self, first: int, count: int) -> None:
        """Shared postings."""
        for start in range(first, first + count, 20_000):
            with self.database.platform_transaction() as session:
                add_postings(session, self.makes, start, min(20_000, first + count - start))
        self.as_admin("VACUUM ANALYZE matching.postings", "VACUUM ANALYZE matching.posting_readings")

    def refresh(self, ids: Sequence[UUID]) -> tuple[float, float]:
        """Seconds and megabytes of matching all anew, with nothing stored before, in a process of its own."""
        self.as_admin(EMPTY, "CHECKPOINT")
        kept = os.environ.get(BLAS_THREADS)
        os.environ[BLAS_THREADS] = "1"  # as `python -m blacklight_matching` does
        try:
            with ProcessPoolExecutor(1, get_context("spawn")) as apart:
                return apart.submit(_refresh, self.urls, self.caller.tenant, ids).result()
        finally:
            os.environ.pop(BLAS_THREADS)
            if kept is not None:
                os.environ[BLAS_THREADS] = kept

    def count(self) -> int:
        """How many matches are stored."""
        with self.database.transaction(self.caller.tenant) as session:
            return int(session.execute(text("SELECT count(*) FROM candidate_matches")).scalar_one())

    def loop(self, ids: Sequence[UUID]) -> float:
        """Seconds of the scorer of one pair over all pairs, by the first thousand of a hundred candidates."""
        with self.database.transaction(self.caller.tenant) as session:
            people = self.profiles.block(session, self.caller.tenant, ids[:100]).sides
            open_ids = self.postings.select_open(self.caller.tenant).order_by("posting_id").limit(PAIRS_LOOPED // 100)
            jobs = self.postings.block(session, self.caller.tenant, session.scalars(open_ids).all()).sides
        taken = _seconds(lambda: [score_pair(one, other) for one in people for other in jobs])
        return taken * CANDIDATES * POSTINGS / PAIRS_LOOPED

    def write(self) -> float:
        """Seconds of writing the rows that are stored once more, bare."""
        answer = io.BytesIO()
        with self.admin.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with driver.cursor() as cursor:
                cursor.copy_expert("COPY matching.candidate_matches TO STDOUT (FORMAT binary)", answer)
        self.as_admin(EMPTY, "CHECKPOINT")
        return _seconds(lambda: self._write(answer))

    def _write(self, rows: io.BytesIO) -> None:
        rows.seek(0)
        with self.database.transaction(self.caller.tenant) as session:
            session.execute(text("CREATE TEMPORARY TABLE bare (LIKE candidate_matches) ON COMMIT DROP"))
            bulk.copy_in(session, "COPY bare FROM STDIN (FORMAT binary)", rows)
            session.execute(text("INSERT INTO candidate_matches SELECT * FROM bare"))


def _refresh(urls: DatabaseUrls, tenant_id: UUID, ids: Sequence[UUID]) -> tuple[float, float]:
    measured = Measured(urls, tenant_id)
    service.MOST_MATCHES = MOST
    gc.collect()
    gc.freeze()  # as every process of a service does once it is built
    try:
        with Growth() as growth:
            seconds = _seconds(lambda: measured.intake.match_all(measured.caller, ids))
        return seconds, growth.most
    finally:
        measured.database.dispose()


def multiply() -> float:
    """Seconds of the product of all vectors, on all the processors, in tiles large enough for it."""
    chance = np.random.default_rng(SEED)
    people = chance.integers(-400, 400, (CANDIDATES, DIMENSIONS)).astype(np.float32)
    jobs = chance.integers(-400, 400, (POSTINGS, DIMENSIONS)).astype(np.float32)

    def products() -> None:
        for block in range(0, POSTINGS, POSTINGS_AT_ONCE):
            for tile in range(0, CANDIDATES, TILE):
                people[tile : tile + TILE] @ jobs[block : block + POSTINGS_AT_ONCE].T

    return _seconds(products)


def measure(measured: Measured) -> Figure:
    """The line, without the calibration's verdict on absolute limits: there is none."""
    with measured.database.transaction(measured.caller.tenant) as session:
        ids = add_candidates(session, measured.caller.tenant, measured.makes, CANDIDATES)
    measured.add_postings(0, SMALLER)
    _, less = measured.refresh(ids)
    measured.add_postings(SMALLER, POSTINGS - SMALLER)
    factor = calibration()
    ours, more = measured.refresh(ids)
    stored = measured.count()
    loop, product, write = measured.loop(ids), multiply(), measured.write()
    bare = product + write
    sys.stderr.write(f"S3 bare product {product:.1f} s, bare write {write:.1f} s\n")
    return Figure(
        "S3",
        f"{ours:.1f} s for {CANDIDATES} candidates x {POSTINGS} postings, {stored} matches committed; memory grew by "
        f"{more:.0f} MB, with {SMALLER} postings by {less:.0f} MB",
        f"pair by pair in Python, nothing stored: {loop:.0f} s; bare product and write: {product:.1f} + {write:.1f} s",
        f"{loop / ours:.0f}x; {ours / bare:.2f}x of bare",
        f"≥ {LOOP_TIMES:.0f}x; ≤ {BARE_TIMES:.0f}x of bare",
        factor,
        verdict(loop / ours >= LOOP_TIMES and ours <= BARE_TIMES * bare),
    )


def run(root: Path) -> list[str]:
    """One line."""
    with servers.folder() as base, servers.postgres(base) as postgres:
        measured = Measured(Databases(postgres).create(APP), new_id())
        try:
            return [str(measure(measured))]
        finally:
            measured.database.dispose()
