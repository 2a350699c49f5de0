"""While nothing can be committed, no more is held than one host's window, and of all hosts the process's budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight_scraper.fleet.servicer import FleetServicer
from sqlalchemy import text

KILOBYTE = 1024
HOSTS = 4
BATCHES = 10


def until(look: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)


class Held:
    """What the server holds of the hosts' batches."""

    def __init__(self, scraper: Any) -> None:
        [servicer] = [each for each in scraper.app.parts.servicers if isinstance(each, FleetServicer)]
        self._streams = servicer._streams
        self._budget = servicer._shared.budget

    @property
    def together(self) -> int:
        return self._budget.used

    @property
    def by_host(self) -> list[int]:
        return [stream._own.used for stream in self._streams.values()]

    @property
    def waiting(self) -> int:
        """Hosts that are not read from until something is committed."""
        own = sum(bool(stream._own._waiting) for stream in self._streams.values())
        return own + len(self._budget._waiting)


@contextmanager
def nothing_is_committed(scraper: Any) -> Iterator[None]:
    """Every session is being written to by somebody."""
    with scraper.app.database.platform_transaction() as session:
        session.execute(text("SELECT 1 FROM scraper.sessions ORDER BY session_id FOR UPDATE"))
        yield


@pytest.fixture
def hosts(scraper: Any) -> list[tuple[Any, Any]]:
    """Streams of several hosts, each with an assignment."""
    secret = scraper.add_key()
    made = []
    for number in range(HOSTS):
        scraper.add_role(f"Role {number}")
        stream = scraper.connect(secret)
        stream.hello(f"host-{number}")
        made.append((stream, stream.assignment("dice")))
    return made


@pytest.fixture
def drafts(draft: Callable[..., PostingDraft]) -> list[PostingDraft]:
    """Of some 360 kB together."""
    return [draft(number, description="x" * 90_000) for number in range(4)]


def answers(stream: Any) -> list[int]:
    """The numbers acknowledged; what is pushed in between is left out."""
    found: list[int] = []
    while len(found) < BATCHES:
        answer = stream.receive()
        if answer.HasField("acknowledgement"):
            found.append(answer.acknowledgement.sequence)
        else:
            assert answer.HasField("credits"), answer
    return found


class TestOneHost:
    @pytest.fixture
    def own_settings(self) -> dict[str, Any]:
        return {"scraper_window_bytes": KILOBYTE * 1024, "scraper_inflight_bytes": KILOBYTE * 64 * 1024}

    def test_is_read_no_further_than_its_window(
        self, scraper: Any, hosts: Any, batch_of: Any, drafts: list[PostingDraft]
    ) -> None:
        held = Held(scraper)
        stream, assignment = hosts[0]
        with nothing_is_committed(scraper):
            for sequence in range(1, BATCHES + 1):
                stream.send(batch_of(assignment, sequence, drafts))
            until(lambda: held.waiting or held.together > KILOBYTE * 1024)
            assert 0 < max(held.by_host) <= KILOBYTE * 1024
        assert answers(stream) == list(range(1, BATCHES + 1))
        until(lambda: held.together == 0 and not any(held.by_host))


class TestAllHosts:
    @pytest.fixture
    def own_settings(self) -> dict[str, Any]:
        """Windows smaller than a batch, of which one always may be on the way."""
        return {"scraper_window_bytes": KILOBYTE * 64, "scraper_inflight_bytes": KILOBYTE * 1024}

    def test_are_read_no_further_than_the_budget_of_the_process(
        self, scraper: Any, hosts: Any, batch_of: Any, drafts: list[PostingDraft]
    ) -> None:
        held = Held(scraper)
        with nothing_is_committed(scraper):
            for stream, assignment in hosts:
                for sequence in range(1, BATCHES + 1):
                    stream.send(batch_of(assignment, sequence, drafts))
            until(lambda: held.waiting == HOSTS or held.together > KILOBYTE * 1024)
            assert 0 < held.together <= KILOBYTE * 1024
        for stream, _ in hosts:
            assert answers(stream) == list(range(1, BATCHES + 1))
        until(lambda: held.together == 0)
