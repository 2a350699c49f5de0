"""Hosts' metrics and logs through a real gateway: with labels of ours, bounded a key, told on until they are old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from blacklight_scraper.rest.servicer import FleetRestServicer
from blacklight_scraper.telemetry.loki import MOST_LINES
from blacklight_scraper.telemetry.service import LOG_LINES, METRICS_BYTES, MOST_INSTANCES
from blacklight_testkit import gateways
from prometheus_client.parser import text_string_to_metric_families

METRICS = "/api/scraper/telemetry/metrics"
LOGS = "/api/scraper/telemetry/logs"


@pytest.fixture
def http(scraper: Any, session_folder: Any) -> Iterator[httpx.Client]:
    with gateways.gateway(session_folder, {"scraper": scraper.app.address}) as running:
        headers = {"x-scraper-api-key": scraper.add_key("vm")}
        with httpx.Client(base_url=running.url, headers=headers, timeout=30) as made:
            yield made


@pytest.fixture
def told(scraper: Any) -> Any:
    """`told()`: series and values, as an administrator's Prometheus reads them."""
    [servicer] = [each for each in scraper.app.parts.servicers if isinstance(each, FleetRestServicer)]

    def read() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(servicer._telemetry.exposition())
            for sample in family.samples
        }

    return read


def _push(http: httpx.Client, text: str, instance: str = "host-1") -> httpx.Response:
    return http.post(METRICS, content=text, headers={"instance": instance, "mode": "poll"})


def _series(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


def test_the_last_push_of_each_instance_is_told_with_labels_of_ours(http: httpx.Client, told: Any) -> None:
    assert _push(http, 'up{api_key="forged"} 0\nold 1\n').json() == {"status": "accepted", "series": 2}
    assert _push(http, 'up{api_key="forged"} 1\n').status_code == 202
    assert _push(http, "up 5\n", "host-2").status_code == 202
    ours = {"api_key": "vm", "mode": "poll"}
    assert told() == {
        _series("up", instance="host-1", **ours): 1,
        _series("up", instance="host-2", **ours): 5,
    }
    assert http.request("DELETE", METRICS, headers={"instance": "host-1"}).status_code == 204
    assert list(told()) == [_series("up", instance="host-2", **ours)]


def test_metrics_are_forgotten_after_a_while_by_themselves(http: httpx.Client, valkey_server: Any) -> None:
    import redis

    _push(http, "up 1\n")
    with redis.Redis.from_url(valkey_server.url, decode_responses=True) as server:
        [key] = list(server.scan_iter("*:value:*:host-1"))
        assert 0 < server.ttl(key) <= 90


def test_what_is_dropped_is_counted(http: httpx.Client, told: Any) -> None:
    assert _push(http, "blacklight_sessions 7\nup 1\n").json()["series"] == 1
    dropped = _series("blacklight_host_telemetry_dropped_total", api_key="vm", what="series")
    assert told()[dropped] == 1


@pytest.mark.parametrize(
    ("text", "instance", "reason"),
    [
        ("up{", "host-1", "INVALID_EXPOSITION"),
        ("up 1\n", "", "INVALID_INSTANCE"),
        ("up 1\n", 'a"b', "INVALID_INSTANCE"),
    ],
)
def test_a_push_that_cannot_be_read_is_refused(http: httpx.Client, text: str, instance: str, reason: str) -> None:
    answer = _push(http, text, instance)
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)


def test_a_key_has_no_more_instances_than_it_may(http: httpx.Client, told: Any) -> None:
    codes = [_push(http, "up 1\n", f"host-{number}").status_code for number in range(MOST_INSTANCES + 1)]
    assert codes == [202] * MOST_INSTANCES + [429]
    refused = _push(http, "up 1\n", "one-more")
    assert refused.json()["reason"] == "TOO_MANY_INSTANCES"
    assert refused.headers["retry-after"] == "90"
    assert told()[_series("blacklight_host_telemetry_dropped_total", api_key="vm", what="instances")] == 2


def test_a_push_may_not_be_larger_than_said(http: httpx.Client) -> None:
    answer = _push(http, "#" * (METRICS_BYTES + 1))
    assert (answer.status_code, answer.json()["reason"]) == (429, "TOO_LARGE")


def _lines(number: int, level: str = "info") -> Any:
    return {"streams": [{"stream": {"level": level}, "values": [["1", "Jane Doe, jane@example.com"]] * number}]}


def test_log_lines_are_counted_by_level_and_their_text_is_nowhere(
    http: httpx.Client, told: Any, valkey_server: Any, capfd: Any
) -> None:
    import redis

    for level, number in (("info", 3), ("error", 2), ("info", 4)):
        assert http.post(LOGS, json=_lines(number, level)).status_code == 204
    counts = {labels: value for (name, labels), value in told().items() if name == "blacklight_host_log_lines_total"}
    assert counts == {(("api_key", "vm"), ("level", "error")): 2, (("api_key", "vm"), ("level", "info")): 7}
    assert "jane@example.com" not in capfd.readouterr().out
    with redis.Redis.from_url(valkey_server.url, decode_responses=True) as server:
        assert "jane" not in json.dumps([server.hgetall(key) for key in server.scan_iter("*:tally:*")])


def test_a_key_may_not_send_more_lines_than_its_allowance(http: httpx.Client, told: Any) -> None:
    codes = [http.post(LOGS, json=_lines(MOST_LINES)).status_code for _ in range(LOG_LINES // MOST_LINES)]
    assert set(codes) == {204}
    refused = http.post(LOGS, json=_lines(1))
    assert (refused.status_code, refused.json()["reason"]) == (429, "LOG_QUOTA")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert told()[_series("blacklight_host_telemetry_dropped_total", api_key="vm", what="lines")] == 1


def test_a_push_of_logs_that_is_none_is_refused(http: httpx.Client) -> None:
    answer = http.post(LOGS, content=b"{}")
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_LOGS")
