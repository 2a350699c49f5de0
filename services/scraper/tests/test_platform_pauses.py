"""Job boards: what their accounts, cadence and pauses are, over the wire and for claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from blacklight.scraper.v1 import platform_service_pb2 as pb
from blacklight_scraper.app import APP
from blacklight_scraper.platforms.views import Login, PlatformDraft
from google.protobuf.field_mask_pb2 import FieldMask

from services.scraper.tests.credential_rig import ADMIN, Rig


def call(scraper: Any, method: str, **given: Any) -> Any:
    return getattr(scraper.platforms, method)(getattr(pb, f"{method}Request")(**given), metadata=scraper.admin)


def create(scraper: Any, **fields: Any) -> Any:
    given = {"name": "board", "display_name": "Board", "enabled": True, **fields}
    return call(scraper, "CreatePlatform", platform=pb.Platform(**given))


def update(scraper: Any, *paths: str, **fields: Any) -> Any:
    platform = pb.Platform(name="board", **fields)
    return call(scraper, "UpdatePlatform", platform=platform, update_mask=FieldMask(paths=paths))


def test_gives_a_board_its_defaults(scraper: Any) -> None:
    made = create(scraper)
    assert (made.cadence_minutes, made.max_in_flight, made.login) == (20, 1, pb.PLATFORM_LOGIN_NONE)
    assert not made.paused
    assert create(scraper, login=pb.PLATFORM_LOGIN_NONE) == made


def test_keeps_a_cadence_of_nought_which_means_no_limit(scraper: Any) -> None:
    assert create(scraper, cadence_minutes=0).cadence_minutes == 0


def test_writes_all_that_is_a_boards_own(scraper: Any, failure_of: Any) -> None:
    create(scraper)
    given = {
        "base_url": "https://board.example",
        "description": "a board",
        "cadence_minutes": 60,
        "max_in_flight": 2,
        "login": pb.PLATFORM_LOGIN_COOKIES,
        "session_cookie": "sid",
    }
    after = update(scraper, *given, **given)
    assert {name: getattr(after, name) for name in given} == given
    assert update(scraper, "cadence_minutes", "login").cadence_minutes == 20
    assert failure_of(lambda: update(scraper, "max_in_flight", max_in_flight=0)).fields == ("max_in_flight",)
    assert failure_of(lambda: update(scraper, "paused", paused=True)).reason == "UNKNOWN_FIELD"


def test_pauses_and_resumes_a_board_once_each(scraper: Any, failure_of: Any) -> None:
    create(scraper)
    for _ in range(2):
        paused = call(scraper, "PausePlatform", name="board", pause_reason="they block us")
        assert (paused.paused, paused.pause_reason) == (True, "they block us")
    for _ in range(2):
        resumed = call(scraper, "ResumePlatform", name="board")
        assert (resumed.paused, resumed.pause_reason) == (False, "")
    kinds = scraper.rows("SELECT kind, platform FROM scraper.fleet_events ORDER BY event_id")
    assert [tuple(row) for row in kinds] == [("platform.paused", "board"), ("platform.resumed", "board")]
    audited = scraper.rows("SELECT action FROM scraper.audit_log WHERE entity_id = 'board' ORDER BY sequence")
    assert [row.action for row in audited] == ["platform.created", "platform.paused", "platform.resumed"]
    for method in ("PausePlatform", "ResumePlatform", "TerminatePlatformRuns"):
        assert failure_of(lambda method=method: call(scraper, method, name="nowhere")).code == "NOT_FOUND"


def test_ends_the_runs_of_a_board_that_are_under_way(scraper: Any) -> None:
    scraper.add_role()
    stream = scraper.connect(scraper.add_key())
    stream.hello()
    assignment = stream.assignment("dice", "indeed")
    assert call(scraper, "TerminatePlatformRuns", name="dice").terminated == 1
    assert call(scraper, "TerminatePlatformRuns", name="dice").terminated == 0
    runs = {run.platform: run.state for run in scraper.session(assignment.session_id).platforms}
    assert runs["dice"] != runs["indeed"]


@pytest.fixture
def rig(service_database: Any) -> Rig:
    return Rig(service_database(APP))


def test_lets_claims_take_boards_that_are_on_and_not_paused_best_first(rig: Rig) -> None:
    for name, enabled, priority in (("low", True, 1), ("high", True, 9), ("off", False, 9), ("halted", True, 9)):
        draft = PlatformDraft(name, name, enabled, priority, cadence_minutes=60, max_in_flight=2, login=Login.COOKIES)
        rig.platforms.create(ADMIN, draft=draft)
    rig.platforms.pause(ADMIN, name="halted", reason="they block us")
    with rig.database.platform_transaction() as session:
        facts = rig.platforms.claimable(session, ["low", "high", "off", "halted", "nowhere"])
        assert rig.platforms.paused_among(session, ["low", "halted"]) == {"halted": "they block us"}
    assert [fact.name for fact in facts] == ["high", "low"]
    assert (facts[0].cadence, facts[0].max_in_flight, facts[0].login) == (timedelta(hours=1), 2, Login.COOKIES)
