"""What happens in the fleet, line by line through the gateway, as `curl` and a browser's fetch read it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from blacklight_local.demo.api import Api
from blacklight_local.running import RunningStack

PATH = "/v1/fleet/events:watch"


@pytest.fixture
def board(admin: Api) -> str:
    """A board that nobody works."""
    name = f"board_{uuid4().hex[:12]}"
    admin.post("/v1/fleet/platforms", {"name": name, "display_name": name, "enabled": True, "priority": 1})
    return name


def events_of(lines: Iterator[str], platform: str) -> Iterator[dict[str, Any]]:
    """The events about a board; every line is one JSON message, and one without an event is a sign of life."""
    for line in lines:
        event = json.loads(line).get("event")
        if event is not None and event.get("platform") == platform:
            yield event


def test_each_event_comes_as_a_line_when_it_happens(stack: RunningStack, admin: Api, board: str) -> None:
    headers = {"authorization": f"Bearer {admin.token}"}
    with httpx.stream("GET", f"{stack.gateway_url}{PATH}", headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        assert json.loads(next(lines)) == {}
        seen = events_of(lines, board)
        admin.post(f"/v1/fleet/platforms/{board}:pause", {"pause_reason": "a test"})
        paused = next(seen)
        admin.post(f"/v1/fleet/platforms/{board}:resume", {})
        assert [paused["kind"], next(seen)["kind"]] == ["platform.paused", "platform.resumed"]
    # Gone on with from the first of them, by curl.
    command = ["curl", "-sN", "--max-time", "60", "-H", f"authorization: Bearer {admin.token}"]
    url = f"{stack.gateway_url}{PATH}?event_token={paused['event_token']}"
    with subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        assert next(events_of(iter(curl.stdout.readline, ""), board))["kind"] == "platform.resumed"
        curl.terminate()


def test_the_fleets_metrics_are_text(stack: RunningStack, admin: Api) -> None:
    headers = {"authorization": f"Bearer {admin.token}"}
    answer = httpx.get(f"{stack.gateway_url}/v1/fleet/metrics", headers=headers, timeout=60)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "blacklight_fleet_queue_due " in answer.text
