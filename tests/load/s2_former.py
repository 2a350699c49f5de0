"""What the former importer did with a posting, for the baselines of S2: one posting, one commit (spec 5.4, 6.12).

For each posting: look it up by the board's id, look it up by title, company and place, insert it, log the row with its
payload, commit. `bare` goes straight to the driver, by two connections or by one (the former importer was one process,
spec 5); `as_it_was` by the ORM with a savepoint a posting, which is how it was written (spec 5.4, row 9). All are
kinder than it was: the second look-up is indexed, the duplicates by description are not looked up, no event is sent,
nothing comes over a network.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg2
from blacklight.matching.v1 import posting_pb2
from sqlalchemy import JSON, Engine, create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

_TABLES = """
CREATE TABLE IF NOT EXISTS former_postings (id bigserial PRIMARY KEY, platform text NOT NULL, external_id text NOT NULL,
    title text, company text, location text, description text, url text, UNIQUE (platform, external_id));
CREATE INDEX IF NOT EXISTS former_content ON former_postings (lower(title), lower(company), lower(location));
CREATE TABLE IF NOT EXISTS former_job_logs (id bigserial PRIMARY KEY, job_index int, raw jsonb, external_id text,
    status text)
"""
_BY_ID = "SELECT id FROM former_postings WHERE platform = 'bench' AND external_id = %s"
_BY_CONTENT = """
SELECT id FROM former_postings WHERE lower(title) = %s AND lower(company) = %s AND lower(location) = %s LIMIT 1
"""
_POSTING = """
INSERT INTO former_postings (platform, external_id, title, company, location, description, url)
VALUES ('bench', %s, %s, %s, %s, %s, %s)
"""
_LOG = "INSERT INTO former_job_logs (job_index, raw, external_id, status) VALUES (%s, %s, %s, 'imported')"
_THREADS = 2
Drafts = Sequence[posting_pb2.PostingDraft]


class _Base(DeclarativeBase):
    pass


class _Posting(_Base):
    __tablename__ = "former_postings"
    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str]
    external_id: Mapped[str]
    title: Mapped[str]
    company: Mapped[str]
    location: Mapped[str]
    description: Mapped[str]
    url: Mapped[str]


class _JobLog(_Base):
    __tablename__ = "former_job_logs"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_index: Mapped[int]
    raw: Mapped[Any] = mapped_column(JSON)
    external_id: Mapped[str]
    status: Mapped[str]


def bare(url: str, drafts: Callable[[int], Drafts], *, seconds: float, connections: int = _THREADS) -> float:
    """Rows a second, without the ORM; `drafts` gives a connection its postings."""

    def worker(number: int) -> tuple[Callable[[str, posting_pb2.PostingDraft, int], None], Callable[[], None]]:
        connection = _connect(url)
        return lambda key, draft, index: _import(connection, key, draft, index), connection.close

    return _rate(url, worker, f"bare{connections}", drafts, seconds, connections)


def as_it_was(url: str, drafts: Callable[[int], Drafts], *, seconds: float) -> float:
    """Rows a second by the ORM, on two threads of one process."""
    parsed = make_url(url)
    engine = create_engine(parsed.set(drivername="postgresql+psycopg2"), pool_size=_THREADS)
    try:
        return _rate(
            url,
            lambda number: (lambda key, draft, index: _import_mapped(engine, key, draft, index), lambda: None),
            "mapped",
            drafts,
            seconds,
            _THREADS,
        )
    finally:
        engine.dispose()


def _rate(
    url: str,
    worker: Callable[[int], tuple[Callable[[str, posting_pb2.PostingDraft, int], None], Callable[[], None]]],
    name: str,
    drafts: Callable[[int], Drafts],
    seconds: float,
    workers: int,
) -> float:
    with _connect(url) as setup, setup.cursor() as cursor:
        cursor.execute(_TABLES)
    setup.close()
    counts = [0] * workers

    def insert(number: int) -> None:
        given = drafts(number)
        take, close = worker(number)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            index = counts[number]
            take(f"{name}-{number}-{index}", given[index % len(given)], index)
            counts[number] += 1
        close()

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _import(connection: psycopg2.extensions.connection, key: str, draft: posting_pb2.PostingDraft, index: int) -> None:
    title = f"{draft.title} {key}"
    with connection, connection.cursor() as cursor:
        cursor.execute(_BY_ID, (key,))
        cursor.execute(_BY_CONTENT, (title.lower(), draft.company.lower(), draft.location.lower()))
        cursor.execute(_POSTING, (key, title, draft.company, draft.location, draft.description, draft.url))
        cursor.execute(_LOG, (index, json.dumps(_raw(draft)), key))


def _import_mapped(engine: Engine, key: str, draft: posting_pb2.PostingDraft, index: int) -> None:
    title = f"{draft.title} {key}"
    content = (
        func.lower(_Posting.title) == title.lower(),
        func.lower(_Posting.company) == draft.company.lower(),
        func.lower(_Posting.location) == draft.location.lower(),
    )
    with Session(engine) as session:
        session.scalars(select(_Posting).where(_Posting.platform == "bench", _Posting.external_id == key)).first()
        session.scalars(select(_Posting).where(*content)).first()
        with session.begin_nested():
            session.add(
                _Posting(
                    platform="bench",
                    external_id=key,
                    title=title,
                    company=draft.company,
                    location=draft.location,
                    description=draft.description,
                    url=draft.url,
                )
            )
        session.add(_JobLog(job_index=index, raw=_raw(draft), external_id=key, status="imported"))
        session.commit()


def _raw(draft: posting_pb2.PostingDraft) -> dict[str, str]:
    return {"title": draft.title, "company": draft.company, "description": draft.description}


def _connect(url: str) -> psycopg2.extensions.connection:
    parsed = make_url(url)
    host = parsed.host or parsed.query.get("host")
    return psycopg2.connect(
        host=host, port=parsed.port, user=parsed.username, password=parsed.password, dbname=parsed.database
    )
