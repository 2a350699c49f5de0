"""S7: lists of one tenant over 10⁴, 10⁵ and 10⁶ rows: submissions, postings, candidates.

Ours: the services' own list calls, from the call to the encoded page of 50 rows, on a real PostgreSQL as the service's
own roles inside a tenant's walls; all rows are that tenant's (postings: nine of ten are everybody's). The sizes are
timed in turn, call by call, so that whatever else the machine does befalls all alike; of many rounds the lower quartile
counts, as what others do only ever adds. Flat means that no list takes more than 1.5 times as long over 10⁶ rows as
over 10⁴. Every statement that is timed is also explained at 10⁶ rows: none may read a table through. Baseline: the same
calls over 10⁶ rows without the indexes of the migrations (primary keys stay). Lists of assignments are not built.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from blacklight.candidate.v1 import candidate_pb2
from blacklight.candidate.v1 import candidate_service_pb2 as candidates
from blacklight_candidate.app import APP as CANDIDATE
from blacklight_candidate.candidates.models import Candidate
from blacklight_candidate.candidates.service import CandidateService
from blacklight_matching.app import APP as MATCHING
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.listing.query import TITLE, PostingQuery
from blacklight_matching.postings.listing.service import PostingList
from blacklight_matching.postings.models import Posting, PostingReading
from blacklight_matching.postings.service import Postings
from blacklight_matching.submissions.lists.order import NEWEST, order_of
from blacklight_matching.submissions.lists.service import SubmissionLists, Wanted
from blacklight_matching.submissions.models import SubmissionRow
from blacklight_matching.submissions.states import State
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_testkit import servers
from blacklight_testkit.databases import Databases, DatabaseUrls
from sqlalchemy import Engine, Table, create_engine, event, text

from tests.load import s7_rows
from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 61
BASELINE_ROUNDS = 3
FLAT = 1.5
TENANT = UUID("00000000-0000-7000-8000-000000000007")
ID = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
Call = Callable[[], Any]


@dataclass
class Times:
    """Milliseconds of the lists of one kind."""

    by_size: dict[int, dict[str, float]] = field(default_factory=dict)
    without: dict[str, float] = field(default_factory=dict)
    scans: list[str] = field(default_factory=list)

    @property
    def growth(self) -> tuple[float, str]:
        """How many times longer over the most rows than over the fewest, at worst, and which list that is."""
        first, last = self.by_size[SIZES[0]], self.by_size[SIZES[-1]]
        return max((last[name] / first[name], name) for name in first)

    @property
    def least_gain(self) -> tuple[float, str]:
        """How many times longer without the indexes, at least, and which list that is."""
        return min((self.without[name] / took, name) for name, took in self.by_size[SIZES[-1]].items())


@dataclass(frozen=True)
class Subject:
    """What is listed: its tables with the SQL of their columns, and the calls."""

    name: str
    app: Any
    tables: Mapping[Table, Mapping[str, str]]
    calls: Callable[[Database], Mapping[str, Call]]


def submissions(database: Database) -> Mapping[str, Call]:
    """Lists of submissions, of the whole tenant and of one recruiter."""
    lists = SubmissionLists(database, utc_now)
    boss = Caller(CallerKind.USER, str(UUID(int=1)), TENANT, frozenset({"submissions.view_all"}))
    found = lists.list_submissions(boss, Wanted(), NEWEST, page_size=200, page_token="").submissions
    middle = found[100]
    recruiter = Caller(CallerKind.USER, middle.submitter_id, TENANT)

    def listed(caller: Caller = boss, order_by: str = "", **wanted: Any) -> Call:
        order = order_of(order_by)
        return lambda: lists.list_submissions(caller, Wanted(**wanted), order, page_size=50, page_token="")

    due = {"page_size": 50, "page_token": "", "submitter_id": None, "days_ahead": 7, "include_overdue": True}
    return {
        "newest": listed(),
        "older": listed(create_before=middle.create_time.ToDatetime(tzinfo=utc_now().tzinfo) - timedelta(minutes=3000)),
        "own": listed(recruiter),
        "by state": listed(states=(State.OFFERED,)),
        "of a candidate": listed(candidate_id=UUID(middle.candidate_id)),
        "for a posting": listed(posting_id=UUID(middle.posting_id)),
        "for a client": listed(client_company="Client 7"),
        "last changed": listed(order_by="update_time desc"),
        "by priority": listed(order_by="priority desc"),
        "to follow up": lambda: lists.follow_ups(boss, **due),
    }


def postings(database: Database) -> Mapping[str, Call]:
    """Lists of postings that a tenant may see."""
    parts = Postings(database, utc_now, ExpiryRule())
    lists = PostingList(database, utc_now, parts, MailOutcomes(database, utc_now))
    user = Caller(CallerKind.USER, str(UUID(int=1)), TENANT)

    def listed(**query: Any) -> Call:
        return lambda: lists.list_postings(user, PostingQuery(**query), page_size=50, page_token="")

    return {
        "newest": listed(),
        "open": listed(state="ACTIVE"),
        "by title": listed(order_by=TITLE),
        "of a board": listed(platform="dice"),
        "expired": listed(state="EXPIRED"),
        "at a place": listed(location="Town 7, TX"),
        "of a company": listed(company="Firm7 Inc"),
    }


def bench(database: Database) -> Mapping[str, Call]:
    """Lists of candidates."""
    service = CandidateService(database, utc_now)
    user = Caller(CallerKind.USER, str(UUID(int=1)), TENANT)

    def listed(**query: Any) -> Call:
        return lambda: service.list_candidates(user, candidates.ListCandidatesRequest(page_size=50, **query))

    return {"newest": listed(), "by state": listed(state=candidate_pb2.CANDIDATE_STATE_READY)}


OFTEN = "now() - interval '1 second' * (1000000 - n)"
SUBJECTS = (
    Subject(
        "submissions",
        MATCHING,
        {SubmissionRow.__table__: s7_rows.submission_values(f"'{TENANT}'")},  # type: ignore[dict-item]
        submissions,
    ),
    Subject(
        "postings",
        MATCHING,
        {
            Posting.__table__: {  # type: ignore[dict-item]
                "posting_id": ID,
                "tenant_id": f"CASE WHEN n % 10 = 0 THEN '{TENANT}'::uuid END",
                "platform": "(ARRAY['dice', 'indeed', 'techfetch', 'glassdoor', 'monster'])[1 + n % 5]",
                "title": "'Developer ' || n",
                "company": "'Firm' || n / 100",
                "location": "'Town ' || n / 100 || ', TX'",
                "description": "repeat('billing software ', 20)",
                "posted_time": OFTEN,
                "create_time": OFTEN,
                "last_seen_time": "now() - interval '1 day' * (n % 40)",
            },
            PostingReading.__table__: {  # type: ignore[dict-item]
                "posting_id": ID,
                "tenant_id": f"CASE WHEN n % 10 = 0 THEN '{TENANT}'::uuid END",
                "description": "repeat('billing software ', 20)",
                "skills": "'[]'",
                "embedding": "(SELECT array_fill(1, ARRAY[256])::halfvec)",
                "search": "setweight(to_tsvector('english', 'firm' || n / 100), 'B')",
            },
        },
        postings,
    ),
    Subject(
        "candidates",
        CANDIDATE,
        {
            Candidate.__table__: {  # type: ignore[dict-item]
                "tenant_id": f"'{TENANT}'::uuid",
                "id": "uuidv7()",
                "given_name": "'Robin ' || n",
                "state": "(ARRAY['INTAKE', 'PARSING', 'REVIEW', 'READY'])[1 + n % 4]",
                "search_words": "ARRAY['robin']",
                "create_time": OFTEN,
            }
        },
        bench,
    ),
)


class Stock:
    """A database with so many rows, with or without the indexes of the migrations."""

    def __init__(self, databases: Databases, subject: Subject, rows: int) -> None:
        self._databases, self._subject = databases, subject
        self.urls = databases.create(subject.app)
        self.database = Database(self.urls.app, self.urls.platform)
        self._engine = create_engine(self.urls.admin.replace("postgresql://", "postgresql+psycopg2://", 1))
        self._indexes = self._drop_indexes()  # with them, filling would take most of the time
        with self._engine.begin() as connection:
            for table, values in subject.tables.items():
                connection.execute(text(s7_rows.fill(table, values)), {"first": 1, "last": rows})
        self._vacuum()

    @property
    def calls(self) -> Mapping[str, Call]:
        """The lists, as they are called."""
        return self._subject.calls(self.database)

    def make_indexes(self) -> None:
        """Makes the indexes of the migrations."""
        with self._engine.begin() as connection:
            for definition in self._indexes:
                connection.exec_driver_sql(definition)
        self._vacuum()

    def close(self) -> None:
        """Drops the database."""
        self.database.dispose()
        self._engine.dispose()
        self._databases.drop(self.urls)

    def _drop_indexes(self) -> list[str]:
        names = [table.name for table in self._subject.tables]
        query = text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = :schema AND tablename = ANY(:names)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        with self._engine.begin() as connection:
            found = connection.execute(query, {"schema": self._subject.app.name, "names": names}).all()
            for row in found:
                connection.exec_driver_sql(f"DROP INDEX {self._subject.app.name}.{row.indexname}")
        return [str(row.indexdef) for row in found]

    def _vacuum(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in self._subject.tables:
                connection.exec_driver_sql(f"VACUUM ANALYZE {table.schema}.{table.name}")
            connection.exec_driver_sql("CHECKPOINT")


def _ms(call: Call) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def _in_turn(calls: Mapping[int, Mapping[str, Call]], rounds: int) -> dict[int, dict[str, float]]:
    """The lower quartile of milliseconds by size and list; the first round is not counted."""
    times: dict[tuple[int, str], list[float]] = {(size, name): [] for size in calls for name in calls[size]}
    for _ in range(rounds + 1):
        for name in next(iter(calls.values())):
            for size in calls:
                times[size, name].append(_ms(calls[size][name]))
    return {size: {name: statistics.quantiles(times[size, name][1:], n=4)[0] for name in calls[size]} for size in calls}


def _scans(urls: DatabaseUrls, name: str, call: Call) -> list[str]:
    """The tables that a call reads through, if any, by the plans of the statements that it sends."""
    sent: list[tuple[str, str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((str(connection.engine.url.username), statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return [f"{name}: {line}" for each in sent for line in _plan(urls, *each) if "Seq Scan on" in line]


def _plan(urls: DatabaseUrls, role: str, statement: str, parameters: Any) -> list[str]:
    url = urls.platform if role.endswith("_platform") else urls.app
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{TENANT}'")
            explained = f"EXPLAIN {statement[statement.index('SELECT') :]}"
            return [str(line) for line in connection.exec_driver_sql(explained, parameters).scalars()]
    finally:
        engine.dispose()


def measure(databases: Databases, subject: Subject) -> Times:
    """Times of a subject's lists, at every size."""
    times, most = Times(), SIZES[-1]
    with contextlib.ExitStack() as kept:
        stocks = {size: Stock(databases, subject, size) for size in SIZES}
        for stock in stocks.values():
            kept.callback(stock.close)
        times.without = _in_turn({most: stocks[most].calls}, BASELINE_ROUNDS)[most]
        for stock in stocks.values():
            stock.make_indexes()
        times.by_size = _in_turn({size: stock.calls for size, stock in stocks.items()}, ROUNDS)
        for name, call in stocks[most].calls.items():
            times.scans += _scans(stocks[most].urls, name, call)
    return times


def _said(name: str, times: Times) -> str:
    slowest = [max(times.by_size[size].values()) for size in SIZES]
    growth, worst = times.growth
    return f"{name} {'/'.join(f'{ms:.1f}' for ms in slowest)} ms (most growth {growth:.2f}x: {worst})"


def run(root: Path) -> list[str]:
    """One line."""
    factor = calibration()
    with servers.folder() as base, servers.postgres(base) as postgres:
        databases = Databases(postgres)
        measured = {subject.name: measure(databases, subject) for subject in SUBJECTS}
    scans = [f"{name} {scan.strip()}" for name, times in measured.items() for scan in times.scans]
    flat = all(times.growth[0] <= FLAT for times in measured.values())
    slow = {name: max(times.without.values()) for name, times in measured.items()}
    gains = [f"{name} {times.least_gain[0]:.1f}x ({times.least_gain[1]})" for name, times in measured.items()]
    figure = Figure(
        "S7",
        f"slowest list at 10⁴/10⁵/10⁶ rows: {', '.join(_said(*each) for each in measured.items())};"
        f" sequential scans: {'; '.join(scans) or 'none'}; assignments: not built",
        f"without the indexes, 10⁶ rows, slowest: {', '.join(f'{name} {ms:.0f} ms' for name, ms in slow.items())}",
        f"least gain by the indexes: {', '.join(gains)}",
        f"≤ {FLAT}x from 10⁴ to 10⁶ rows; no sequential scan",
        factor,
        verdict(flat and not scans),
    )
    return [str(figure)]
