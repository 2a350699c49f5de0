"""The text exposition of Prometheus, read from hosts and written for whoever asks. Pure.

What a host sends is bounded, and the labels that say whose it is are put in by us, over whatever it claims itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

MOST_SERIES: Final = 2_000
MOST_LABELS: Final = 20
LONGEST_NAME: Final = 200
LONGEST_VALUE: Final = 200
OURS: Final = "blacklight_"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TYPES: Final = frozenset({"counter", "gauge", "histogram", "summary"})


class Unreadable(ValueError):
    """No text exposition."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """Samples of one metric; `kind` is Prometheus' type."""

    name: str
    kind: str
    samples: tuple[Sample, ...]


def read(text: str, labels: Mapping[str, str]) -> tuple[list[Family], int]:
    """The families with these labels put in, and how many series were dropped: too many, ill-formed, or under a name
    of ours. Raises Unreadable.
    """
    kept: list[Family] = []
    left, dropped = MOST_SERIES, 0
    try:
        for family in text_string_to_metric_families(text):
            named = _NAME.fullmatch(family.name) is not None and not family.name.startswith(OURS)
            good = [sample for sample in family.samples if named and _is_bounded(sample)]
            taken = tuple(Sample(each.name, {**each.labels, **labels}, each.value) for each in islice(good, left))
            left -= len(taken)
            dropped += len(family.samples) - len(taken)
            if taken:
                kept.append(Family(family.name, family.type if family.type in _TYPES else "untyped", taken))
    except (ValueError, KeyError, IndexError, TypeError) as error:  # the parser raises whatever it stumbles over
        raise Unreadable("not the text format of Prometheus") from error
    return kept, dropped


def _is_bounded(sample: Any) -> bool:
    return (
        len(sample.name) <= LONGEST_NAME
        and _NAME.fullmatch(sample.name) is not None
        and len(sample.labels) <= MOST_LABELS
        and all(_LABEL.fullmatch(name) and len(name) <= LONGEST_NAME for name in sample.labels)
        and all(len(value) <= LONGEST_VALUE and "\x00" not in value for value in sample.labels.values())
    )


def write(families: Iterable[Family]) -> Iterator[str]:
    """Lines of an exposition; families of one name stand together, as the format asks, with the first one's type."""
    by_name: dict[str, list[Family]] = {}
    for family in families:
        by_name.setdefault(family.name, []).append(family)
    for name, alike in sorted(by_name.items()):
        kind = alike[0].kind
        # The parser takes the suffix of counters off the family's name; it belongs to the name.
        yield f"# TYPE {name}{'_total' if kind == 'counter' else ''} {kind}\n"
        for family in alike:
            yield from map(_line, family.samples)


def size_of(family: Family) -> int:
    """About how many characters a family comes to."""
    return sum(
        len(sample.name) + 30 + sum(len(name) + len(value) + 4 for name, value in sample.labels.items())
        for sample in family.samples
    )


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(sample.labels.items()))
    return f"{sample.name}{{{labels}}} {_number(sample.value)}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def packed(families: Iterable[Family]) -> list[Any]:
    """The families as JSON."""
    return [
        [family.name, family.kind, [[each.name, dict(each.labels), _number(each.value)] for each in family.samples]]
        for family in families
    ]


def unpacked(value: list[Any]) -> list[Family]:
    """The families from JSON."""
    return [
        Family(name, kind, tuple(Sample(each, labels, float(number)) for each, labels, number in samples))
        for name, kind, samples in value
    ]
