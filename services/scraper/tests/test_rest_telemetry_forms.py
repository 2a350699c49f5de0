"""What hosts say of themselves, read as text: bounded, with our labels over theirs, and told on as it was meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from blacklight_scraper.telemetry import exposition, loki
from prometheus_client.parser import text_string_to_metric_families

LABELS = {"api_key": "vm", "instance": "host-1", "mode": "poll"}
TEXT = """\
# HELP sessions_total Sessions.
# TYPE sessions_total counter
sessions_total{platform="dice",api_key="forged"} 3
# TYPE last_seen gauge
last_seen 1.5
# TYPE took histogram
took_bucket{le="1"} 2
took_bucket{le="+Inf"} 3
took_sum 4.25
took_count 3
"""


def _series(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_series_come_out_as_they_went_in_with_our_labels_over_theirs() -> None:
    families, dropped = exposition.read(TEXT, LABELS)
    assert dropped == 0
    packed = exposition.unpacked(json.loads(json.dumps(exposition.packed(families))))
    ours = tuple(sorted(LABELS.items()))
    expected = {
        (name, tuple(sorted({**dict(labels), **dict(ours)}.items()))): value
        for (name, labels), value in _series(TEXT).items()
    }
    assert _series("".join(exposition.write(packed))) == expected


def test_families_of_several_hosts_stand_together_under_one_type() -> None:
    hosts = [family for name in ("a", "b") for family in exposition.read(TEXT, {"instance": name})[0]]
    text = "".join(exposition.write(hosts))
    assert text.count("# TYPE sessions_total counter") == 1
    assert len(_series(text)) == 2 * len(_series(TEXT))


def test_a_labels_quotes_and_lines_survive() -> None:
    families, _ = exposition.read('up{path="a\\\\b \\"c\\"\\nd"} 1\n', {})
    [((_, labels), _)] = _series("".join(exposition.write(families))).items()
    assert dict(labels) == {"path": 'a\\b "c"\nd'}


@pytest.mark.parametrize("number", ["NaN", "+Inf", "-Inf", "1e300", "0.1", "-7"])
def test_every_number_can_be_told_on(number: str) -> None:
    families, _ = exposition.read(f"up {number}\n", {})
    [value] = _series("".join(exposition.write(families))).values()
    assert repr(float(value)) == repr(float(number))


def test_no_more_series_are_taken_than_a_host_may_have() -> None:
    many = "".join(f'up{{n="{number}"}} 1\n' for number in range(exposition.MOST_SERIES + 7))
    families, dropped = exposition.read(many, LABELS)
    assert (sum(len(family.samples) for family in families), dropped) == (exposition.MOST_SERIES, 7)


def test_names_of_ours_and_overlong_ones_are_dropped() -> None:
    text = f'blacklight_sessions 1\n{"n" * 201} 1\nup{{a="{"v" * 201}"}} 1\nup{{a="short"}} 1\n'
    families, dropped = exposition.read(text, {})
    assert [sample.labels for family in families for sample in family.samples] == [{"a": "short"}]
    assert dropped == 3


@pytest.mark.parametrize("text", ["up{", "up one", "{} 1", 'up{a="b} 1', "up 1 2 3 4", "# TYPE up"])
def test_what_is_no_exposition_is_refused_or_empty_and_never_explodes(text: str) -> None:
    try:
        families, _ = exposition.read(text, {})
    except exposition.Unreadable:
        return
    exposition.packed(families)


def _push(*streams: Any) -> bytes:
    return json.dumps({"streams": streams}).encode()


def test_lines_are_counted_by_level_however_it_is_spelt() -> None:
    data = _push(
        {"stream": {"level": "WARN"}, "values": [["1", "a"], ["2", "b"]]},
        {"stream": {"severity": "fatal"}, "values": [["3", "c"], ["4", "d", {"level": "info"}]]},
        {"stream": {}, "values": [["5", "e"]]},
    )
    assert loki.lines_by_level(data) == ({"warning": 2, "error": 1, "info": 1, "other": 1}, 0)


def test_what_is_no_line_and_what_is_too_much_is_dropped() -> None:
    values: list[Any] = [["1", "line"]] * (loki.MOST_LINES + 3)
    counts, dropped = loki.lines_by_level(_push({"stream": {"level": "info"}, "values": [7, ["1"], *values]}))
    assert (counts, dropped) == ({"info": loki.MOST_LINES}, 5)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"streams": 7}', b'{"streams": [7]}', b"[" * 100_000, b"\xff"])
def test_what_is_no_push_is_refused(data: bytes) -> None:
    with pytest.raises(loki.Unreadable):
        loki.lines_by_level(data)
