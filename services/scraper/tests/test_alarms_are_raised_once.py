"""Alarms from the rows of a fleet: raised once while they hold, cleared, acknowledged; and the watch itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from blacklight_scraper.alarms.hourly import LastHours, findings_of
from blacklight_scraper.alarms.service import AlarmNotFound
from blacklight_scraper.alarms.states import AlarmKind
from blacklight_scraper.app import APP
from blacklight_scraper.intake.fills import FIELDS
from blacklight_scraper.intake.models import BatchRow
from blacklight_scraper.intake.states import BatchState
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow
from blacklight_scraper.sessions.states import RunState
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import insert

from services.scraper.tests.fleet_rows import ADMIN, MINUTE, WORK, FleetRows, fleet_on

SERVICE = "services/scraper/src/blacklight_scraper/alarms/service.py"
COMPLETED, CONFIRMED, UNCONFIRMED, FAILED = 2, 3, 4, 5
BLOCKED, TERMINATED = 3, 13


@pytest.fixture
def fleet(database_urls: Any) -> Iterator[FleetRows]:
    """A fleet with a board."""
    yield from fleet_on(database_urls(APP))


def watched(fleet: FleetRows) -> list[str]:
    """The kinds of alarms that hold after a round of the watch."""
    fleet.clock.advance(MINUTE)
    assert fleet.alarms.watch(WORK)
    return open_kinds(fleet)


def open_kinds(fleet: FleetRows) -> list[str]:
    found, _ = fleet.alarms.list_alarms(ADMIN, page_size=50, page_token="", open_only=True, platform="")
    return sorted(each.kind.name for each in found)


def kinds_noted(fleet: FleetRows) -> list[str]:
    return [row.kind for row in fleet.rows("SELECT kind FROM scraper.fleet_events ORDER BY event_id")]


def hours(**changes: Any) -> LastHours:
    given = {"platform": "dice", "runs": 10, "empty": 0, "failed": 0, "blocked": 0, "tries": 10, "found": 10}
    return LastHours(**{**given, "tried_for_an_hour": True, **changes})


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        ({"empty": 8}, []),
        ({"empty": 9}, ["ZERO_RESULTS"]),
        ({"empty": 4, "failed": 6}, []),
        ({"empty": 5, "failed": 5, "found": 0}, ["ZERO_RESULTS", "NO_RESULTS"]),
        ({"failed": 10}, ["ALL_FAILED"]),
        ({"runs": 2, "failed": 2}, []),
        ({"failed": 3, "blocked": 3}, ["BLOCKED"]),
        ({"failed": 2, "blocked": 2}, []),
        ({"found": 0}, ["NO_RESULTS"]),
        ({"found": 0, "tries": 2}, []),
        ({"found": 0, "tried_for_an_hour": False}, []),
    ],
)
def test_says_of_the_last_hours_what_their_numbers_mean(changes: dict[str, Any], kinds: list[str]) -> None:
    assert [each.kind.name for each in findings_of(hours(**changes))] == kinds


def test_raises_an_alarm_once_refreshes_it_and_clears_it_when_it_holds_no_more(fleet: FleetRows) -> None:
    fleet.reported(FAILED, count=3, reason=BLOCKED)
    assert watched(fleet) == ["ALL_FAILED", "BLOCKED"]
    assert watched(fleet) == ["ALL_FAILED", "BLOCKED"]
    [row] = fleet.rows("SELECT last_seen_time - raise_time AS held, runs FROM scraper.alarms WHERE kind = 6")
    assert (row.held, row.runs) == (MINUTE, 3)
    fleet.reported(COMPLETED, count=20)
    assert watched(fleet) == ["BLOCKED"]
    fleet.clock.advance(timedelta(hours=1))
    assert watched(fleet) == []
    assert kinds_noted(fleet) == ["alarm.raised", "alarm.raised", "alarm.cleared", "alarm.cleared"]
    fleet.reported(FAILED, count=3, reason=BLOCKED)
    assert "BLOCKED" in watched(fleet)
    assert len(fleet.rows("SELECT 1 FROM scraper.alarms WHERE kind = 6")) == 2


def test_what_an_administrator_ended_is_no_failure_of_the_board(fleet: FleetRows) -> None:
    fleet.reported(FAILED, count=5, reason=TERMINATED)
    assert watched(fleet) == []


def test_a_platform_that_is_switched_off_has_no_alarms(fleet: FleetRows) -> None:
    fleet.reported(FAILED, count=3)
    assert watched(fleet) == ["ALL_FAILED"]
    fleet.rows("UPDATE scraper.platforms SET enabled = false RETURNING 1")
    assert watched(fleet) == []


def test_a_silent_host_with_open_work_is_an_alarm_until_it_is_back(fleet: FleetRows) -> None:
    silent, quiet = fleet.host("silent"), fleet.host("quiet")
    session_id = fleet.session(host_name="silent")
    assert watched(fleet) == []
    fleet.clock.advance(6 * MINUTE)
    assert watched(fleet) == ["HOST_SILENT"]
    [alarm], _ = fleet.alarms.list_alarms(ADMIN, page_size=1, page_token="", open_only=True, platform="")
    assert (alarm.host_id, alarm.runs) == (str(silent), 1)
    assert str(quiet) not in alarm.host_id
    # Its session is lost, and it is silent still.
    fleet.clock.advance(6 * MINUTE)
    fleet.rows("UPDATE scraper.sessions SET state = 5, end_time = :now RETURNING 1", now=fleet.clock())
    assert watched(fleet) == ["HOST_SILENT"]
    fleet.clock.advance(MINUTE)
    fleet.rows("UPDATE scraper.hosts SET last_seen_time = :now RETURNING 1", now=fleet.clock())
    assert watched(fleet) == []
    assert session_id is not None


def test_acknowledging_is_noted_once_with_who_did_it(fleet: FleetRows) -> None:
    fleet.reported(FAILED, count=3)
    watched(fleet)
    [alarm], _ = fleet.alarms.list_alarms(ADMIN, page_size=1, page_token="", open_only=True, platform="")
    first = fleet.alarms.acknowledge(ADMIN, alarm_id=alarm.alarm_id)
    fleet.clock.advance(MINUTE)
    again = fleet.alarms.acknowledge(WORK, alarm_id=alarm.alarm_id)
    assert first == again
    assert (again.acknowledged_by, again.acknowledge_time) == ("admin-1", fleet.clock() - MINUTE)
    audited = fleet.rows("SELECT actor_id FROM scraper.audit_log WHERE action = 'alarm.acknowledged'")
    assert [row.actor_id for row in audited] == ["admin-1"]
    with pytest.raises(AlarmNotFound):
        fleet.alarms.acknowledge(ADMIN, alarm_id=new_id())


def test_one_round_is_done_by_one_of_several_processes(fleet: FleetRows) -> None:
    assert fleet.alarms.watch(WORK)
    assert not fleet.alarms.watch(WORK)


@guards("F-26", file=SERVICE, old="> self._rule.asleep_after", new="> 10_000 * self._rule.asleep_after")
def test_f26_a_watch_that_is_asleep_is_an_alarm_itself(fleet: FleetRows) -> None:
    """Alert rules once never loaded, and nobody was told."""
    assert fleet.alarms.look_after_watch(ADMIN) is None
    assert watched(fleet) == []
    last = fleet.clock()
    assert fleet.alarms.look_after_watch(ADMIN) == last
    fleet.clock.advance(4 * MINUTE)
    assert fleet.monitoring.overview(ADMIN, hours=1).last_watch_time == last
    assert open_kinds(fleet) == ["WATCH_ASLEEP"]
    assert watched(fleet) == []
    assert kinds_noted(fleet) == ["alarm.raised", "alarm.cleared"]


@guards("F-26", file=SERVICE, old="*_asleep(unjudged)]", new="]")
def test_f26_a_platform_that_cannot_be_judged_is_an_alarm_and_stops_no_other(fleet: FleetRows) -> None:
    fleet.platform("indeed")
    fleet.reported(COMPLETED, count=1)
    fleet.alarms._breaks = _fails_for("dice", fleet.alarms._breaks)  # type: ignore[method-assign]
    assert watched(fleet) == ["WATCH_ASLEEP"]
    assert fleet.rows("SELECT failure, end_time FROM scraper.alarm_watch")[0] == ("not judged: dice", None)


def _fails_for(platform: str, judge: Any) -> Any:
    def judged(name: str) -> Any:
        if name == platform:
            raise ValueError("a row that nobody thought of")
        return judge(name)

    return judged


def history(fleet: FleetRows, number: int, *, count: int, company: float, seed: int) -> None:
    """So many runs, one a minute, each with a batch of about so many postings."""
    draw = random.Random(seed)
    sessions, runs, batches = [], [], []
    for _ in range(number):
        fleet.clock.advance(MINUTE)
        session_id, received = new_id(), max(0, round(draw.gauss(count, count / 5)))
        fills = [round(received * 0.9)] * len(FIELDS)
        fills[FIELDS.index("company")] = round(received * company)
        sessions.append(fleet.session_values(session_id, state=3, end_time=fleet.clock()))
        runs.append(_run(fleet, session_id))
        batches.append(_batch(fleet, session_id, received, fills))
    with fleet.database.platform_transaction() as session:
        session.execute(insert(SessionRow), sessions)
        session.execute(insert(PlatformRunRow), runs)
        session.execute(insert(BatchRow), batches)


def _run(fleet: FleetRows, session_id: Any) -> dict[str, Any]:
    return {
        "session_id": session_id, "platform": "dice", "state": RunState.COMPLETED, "failure_reason": 0, "message": "",
        "report_time": fleet.clock(),
    }  # fmt: skip


def _batch(fleet: FleetRows, session_id: Any, received: int, fills: list[int]) -> dict[str, Any]:
    counts = {"received": received, "accepted": received, "new": received, "refreshed": 0, "duplicate": 0}
    return {
        "batch_id": new_id(), "session_id": session_id, "sequence": 1, "role_id": fleet.target_id, "platform": "dice",
        "payload": None, "sha256": b"", "acknowledgement": b"", "rejected": 0, "state": BatchState.IMPORTED,
        "failure": "", "create_time": fleet.clock(), "settle_time": fleet.clock(), "fills": fills, "retries": 0,
        **counts,
    }  # fmt: skip


def test_a_collapse_and_an_emptied_field_are_found_in_the_rows_and_cleared_when_they_are_over(
    fleet: FleetRows,
) -> None:
    history(fleet, 400, count=30, company=1.0, seed=1)
    assert watched(fleet) == []
    history(fleet, 30, count=3, company=0.0, seed=2)
    assert watched(fleet) == ["COUNT_COLLAPSE", "FIELD_FILL"]
    found, _ = fleet.alarms.list_alarms(ADMIN, page_size=9, page_token="", open_only=True, platform="dice")
    by_kind = {each.kind: each for each in found}
    field = by_kind[AlarmKind.FIELD_FILL]
    assert (field.field, field.observed) == ("company", 0.0)
    assert field.expected > 0.9
    collapse = by_kind[AlarmKind.COUNT_COLLAPSE]
    assert collapse.observed < 10 < 25 < collapse.expected
    # While it holds, the broken runs do not become the usual ones.
    history(fleet, 300, count=3, company=0.0, seed=3)
    assert watched(fleet) == ["COUNT_COLLAPSE", "FIELD_FILL"]
    history(fleet, 120, count=30, company=1.0, seed=4)
    assert watched(fleet) == []


def test_alarms_are_forgotten_long_after_they_were_cleared(fleet: FleetRows) -> None:
    fleet.reported(FAILED, count=3)
    watched(fleet)
    fleet.clock.advance(timedelta(days=91))
    assert fleet.alarms.forget(WORK) == 0
    watched(fleet)
    assert fleet.alarms.forget(WORK) == 0
    fleet.clock.advance(timedelta(days=91))
    assert fleet.alarms.forget(WORK) == 1


def test_lists_alarms_newest_first_by_page(fleet: FleetRows) -> None:
    fleet.reported(FAILED, count=3, reason=BLOCKED)
    watched(fleet)
    page, token = fleet.alarms.list_alarms(ADMIN, page_size=1, page_token="", open_only=False, platform="dice")
    rest, last = fleet.alarms.list_alarms(ADMIN, page_size=1, page_token=token, open_only=False, platform="dice")
    assert {each.kind.name for each in (*page, *rest)} == {"ALL_FAILED", "BLOCKED"}
    assert last == ""
