"""Hosts' metrics and logs: bounded for each host, kept in the cache alone, told on by `exposition` (spec 8.8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from blacklight_servicekit import logs
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.ephemeral import Ephemeral, Kept
from blacklight_servicekit.errors import Exhausted, Invalid

from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.telemetry import exposition, loki
from blacklight_scraper.telemetry.exposition import Family, Sample

log = logs.get(__name__)

METRICS_TTL = timedelta(seconds=90)
METRICS_BYTES = 256 * 1024
MOST_INSTANCES = 20
LOG_WINDOW = timedelta(minutes=1)
LOG_LINES = 6_000
MOST_VALUES = 1_000
MOST_CHARACTERS = 8 * 1024 * 1024
LINES, DROPS = "lines", "drops"
_INSTANCE = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class Telemetry:
    """What hosts say about themselves."""

    def __init__(self, ephemeral: Ephemeral, keys: ApiKeys) -> None:
        self._ephemeral = ephemeral
        self._keys = keys

    def push_metrics(self, caller: Caller, *, instance: str, mode: str, text: bytes) -> int:
        """Keeps an instance's metrics for a minute and a half instead of those before; returns how many series.

        Raises Invalid (INVALID_INSTANCE, INVALID_EXPOSITION) and Exhausted (TOO_LARGE, TOO_MANY_INSTANCES).
        """
        key = self._key_name(caller)
        labels = {"api_key": key, "instance": _named(instance, "instance"), "mode": _named(mode or "host", "mode")}
        if len(text) > METRICS_BYTES:
            raise Exhausted(f"metrics may have {METRICS_BYTES} bytes", reason="TOO_LARGE")
        try:
            families, dropped = exposition.read(text.decode(), labels)
        except ValueError as error:
            said = "the body is no text exposition of Prometheus in UTF-8"
            raise Invalid(said, reason="INVALID_EXPOSITION", field="body") from error
        packed = exposition.packed(families)
        if not self._ephemeral.put(caller.id, instance, packed, ttl=METRICS_TTL, most=MOST_INSTANCES):
            self._ephemeral.tally(DROPS, {f"{key}|instances": 1})
            raise Exhausted(
                f"this key has metrics of {MOST_INSTANCES} instances; another may send when one has fallen silent",
                reason="TOO_MANY_INSTANCES",
                metadata={"retry_after_seconds": str(int(METRICS_TTL.total_seconds()))},
            )
        if dropped:
            self._ephemeral.tally(DROPS, {f"{key}|series": dropped})
            log.warning("telemetry.series_dropped", api_key_id=caller.id, dropped=dropped)
        return sum(len(family.samples) for family in families)

    def delete_metrics(self, caller: Caller, *, instance: str) -> None:
        """Forgets an instance's metrics; nothing happens where there are none. Raises Invalid."""
        self._ephemeral.drop(caller.id, _named(instance, "instance"))

    def push_logs(self, caller: Caller, *, data: bytes) -> int:
        """Counts a push of log lines by level; returns how many. Raises Invalid (INVALID_LOGS) and Exhausted."""
        try:
            counts, dropped = loki.lines_by_level(data)
        except loki.Unreadable as error:
            raise Invalid(str(error), reason="INVALID_LOGS", field="body") from error
        key, lines = self._key_name(caller), sum(counts.values())
        wait = self._ephemeral.spend(f"logs:{caller.id}", lines, limit=LOG_LINES, window=LOG_WINDOW)
        if wait:
            self._ephemeral.tally(DROPS, {f"{key}|lines": lines + dropped})
            raise Exhausted(
                f"a key may send {LOG_LINES} lines a minute",
                reason="LOG_QUOTA",
                metadata={"retry_after_seconds": str(int(wait.total_seconds()) + 1)},
            )
        self._ephemeral.tally(LINES, {f"{key}|{level}": count for level, count in counts.items()})
        if dropped:
            self._ephemeral.tally(DROPS, {f"{key}|lines": dropped})
        return lines

    def exposition(self) -> str:
        """What all hosts that are alive have sent, and what was counted of them, in the text format of Prometheus.

        At most eight million characters; series past that are counted as dropped.
        """
        kept, unsaid = self._bounded(self._ephemeral.values(MOST_VALUES))
        drops = Counter(self._ephemeral.tallies(DROPS))
        if unsaid:
            drops["|answer"] += unsaid
        ours = [
            _counted("blacklight_host_log_lines", "level", self._ephemeral.tallies(LINES)),
            _counted("blacklight_host_telemetry_dropped", "what", drops),
        ]
        return "".join(exposition.write([*ours, *kept]))

    def _bounded(self, values: Iterator[Kept]) -> tuple[list[Family], int]:
        families: list[Family] = []
        unsaid, left = 0, MOST_CHARACTERS
        for kept in values:
            found = exposition.unpacked(kept.value)
            left -= sum(map(exposition.size_of, found))
            if left < 0:
                unsaid += sum(len(family.samples) for family in found)
            else:
                families += found
        return families, unsaid

    def _key_name(self, caller: Caller) -> str:
        return self._keys.name_of(caller).replace("|", " ")


def _named(value: str, header: str) -> str:
    if not _INSTANCE.fullmatch(value):
        raise Invalid(
            f"the header {header} must be 1 to 100 letters, digits and `_.:-`",
            reason="INVALID_INSTANCE",
            field=header,
        )
    return value


def _counted(name: str, label: str, counts: dict[str, int]) -> Family:
    samples = []
    for field, count in sorted(counts.items()):
        key, _, said = field.partition("|")
        samples.append(Sample(f"{name}_total", {"api_key": key, label: said}, float(count)))
    return Family(name, "counter", tuple(samples))
