"""Events of the fleet: read in an order that passes over none, watched as they happen, gone on with after a cut."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from blacklight.scraper.v1 import monitor_service_pb2 as pb
from blacklight.scraper.v1.monitor_service_pb2_grpc import FleetMonitorServiceStub
from blacklight_scraper.activity.service import note
from blacklight_scraper.activity.views import Position
from blacklight_scraper.app import APP
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.relay import APPLICATION_NAME
from blacklight_testkit.faults import guards
from sqlalchemy import text

from services.scraper.tests.fleet_rows import ADMIN, WORK, FleetRows, fleet_on

PATIENCE = 30


@pytest.fixture
def fleet(database_urls: Any) -> Iterator[FleetRows]:
    """A fleet in which nothing has happened."""
    yield from fleet_on(database_urls(APP))


def tell(fleet: FleetRows, kind: str, **given: Any) -> None:
    with fleet.database.platform_transaction() as session:
        note(session, kind, fleet.clock(), **given)


@guards(
    "F-26",
    file="services/scraper/src/blacklight_scraper/activity/service.py",
    old="                    FleetEventRow.transaction_id < border,\n",
    new="",
)
def test_f26_an_event_that_is_committed_late_is_not_passed_over(fleet: FleetRows) -> None:
    """What began first and is committed last is shown first, and nothing after it is shown before."""
    start = fleet.events.now(ADMIN)
    with fleet.database.platform_transaction() as slow:
        note(slow, "first", fleet.clock())
        slow.flush()
        tell(fleet, "second")
        assert fleet.events.after(ADMIN, start) == []
    shown = fleet.events.after(ADMIN, start)
    assert [event.kind for event in shown] == ["first", "second"]
    tell(fleet, "third")
    assert [event.kind for event in fleet.events.after(ADMIN, shown[-1].position)] == ["third"]


def test_a_relay_that_waits_for_its_delivery_holds_no_events_up(fleet: FleetRows) -> None:
    start = fleet.events.now(ADMIN)
    with fleet.database.platform_transaction() as relay, fleet.database.platform_transaction() as writer:
        relay.execute(text(f"SET LOCAL application_name = '{APPLICATION_NAME}'"))
        relay.execute(text("SELECT pg_current_xact_id()"))
        tell(fleet, "meanwhile")
        assert [event.kind for event in fleet.events.after(ADMIN, start)] == ["meanwhile"]
        writer.execute(text("SELECT pg_current_xact_id()"))
        tell(fleet, "after a writer began")
        assert len(fleet.events.after(ADMIN, start)) == 1
    assert len(fleet.events.after(ADMIN, start)) == 2


def test_reads_on_from_any_event_in_the_same_order(fleet: FleetRows) -> None:
    start = fleet.events.now(ADMIN)
    for number in range(5):
        tell(fleet, f"event.{number}")
    everything = fleet.events.after(ADMIN, start)
    for place, event in enumerate(everything):
        assert fleet.events.after(ADMIN, Position.of(str(event.position))) == everything[place + 1 :]


@pytest.mark.parametrize("token", ["?", "1", "1.", ".1", "1.2.3", "-1.2", "1.9223372036854775808", "¹.²"])
def test_refuses_a_token_that_is_none(token: str) -> None:
    with pytest.raises(Invalid) as caught:
        Position.of(token)
    assert caught.value.reason == "EVENT_TOKEN_INVALID"


def test_lists_events_newest_first_by_session_and_kind(fleet: FleetRows) -> None:
    session_id = fleet.session()
    tell(fleet, "session.opened", session_id=session_id)
    tell(fleet, "session_x", session_id=session_id)
    tell(fleet, "host.connected", host_name="host-1", detail={"why": "new"})
    page, token = fleet.events.list_events(ADMIN, page_size=2, page_token="", session_id=None, kind_prefix="")
    rest, last = fleet.events.list_events(ADMIN, page_size=2, page_token=token, session_id=None, kind_prefix="")
    assert [event.kind for event in (*page, *rest)] == ["host.connected", "session_x", "session.opened"]
    assert (last, page[0].detail) == ("", {"why": "new"})
    found, _ = fleet.events.list_events(
        ADMIN, page_size=9, page_token="", session_id=session_id, kind_prefix="session."
    )
    assert [event.kind for event in found] == ["session.opened"]


def test_events_are_forgotten_after_a_week(fleet: FleetRows) -> None:
    start = fleet.events.now(ADMIN)
    tell(fleet, "old")
    fleet.clock.advance(timedelta(days=6))
    tell(fleet, "new")
    assert fleet.events.forget(WORK) == 0
    fleet.clock.advance(timedelta(days=2))
    assert fleet.events.forget(WORK) == 1
    assert [event.kind for event in fleet.events.after(ADMIN, start)] == ["new"]


class Served:
    """A served scraper whose events tests write themselves."""

    def __init__(self, running: Any, settings: Any, tokens: Any) -> None:
        self.running, self.admin = running, tokens.platform_admin()
        self.stub = FleetMonitorServiceStub(running.channel)
        self.database: Database = running.database
        self.settings = settings

    def watch(self, token: str = "") -> Any:
        request = pb.WatchFleetRequest(event_token=token)
        return self.stub.WatchFleet(request, metadata=self.admin, timeout=PATIENCE)

    def count(self, statement: str) -> int:
        with self.database.platform_transaction() as session:
            return int(session.execute(text(statement)).scalar_one())

    def tell(self, kind: str) -> None:
        with self.database.platform_transaction() as session:
            note(session, kind, datetime.now(UTC))


@pytest.fixture
def served(serve_app: Any, make_settings: Any, tokens: Any) -> Served:
    """A served scraper that two may watch."""
    settings = make_settings(APP, scraper_watchers=2)
    return Served(serve_app(APP, settings=settings), settings, tokens)


def events_of(watch: Any, number: int) -> list[Any]:
    """The next events, signs of life passed over."""
    return [answer.event for answer in (next(e for e in watch if e.HasField("event")) for _ in range(number))]


def test_a_watch_shows_what_happens_and_goes_on_after_a_cut(served: Served) -> None:
    watch = served.watch()
    assert not next(watch).HasField("event")
    served.tell("one")
    [first] = events_of(watch, 1)
    watch.cancel()
    served.tell("two")
    served.tell("three")
    again = served.watch(first.event_token)
    served.tell("four")
    assert [event.kind for event in (first, *events_of(again, 3))] == ["one", "two", "three", "four"]
    again.cancel()


def test_each_watcher_sees_everything_through_one_listener(served: Served) -> None:
    watches = [served.watch(), served.watch()]
    for watch in watches:
        next(watch)
    with pytest.raises(grpc.RpcError) as caught:
        next(served.watch())
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    served.tell("seen by both")
    assert [events_of(watch, 1)[0].kind for watch in watches] == ["seen by both"] * 2
    heard = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query = 'LISTEN \"fleet_scraper\"' AND datname = current_database()"
    )
    end = time.monotonic() + PATIENCE
    while not (listeners := served.count(heard)):
        assert time.monotonic() < end
        time.sleep(0.05)
    # The streams' control board may listen as well, once a process.
    assert listeners <= 2
    for watch in watches:
        watch.cancel()


def test_a_watch_without_a_platform_administrator_is_refused(served: Served, tokens: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        next(served.stub.WatchFleet(pb.WatchFleetRequest(), metadata=tokens.service("matching", "scraper")))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
