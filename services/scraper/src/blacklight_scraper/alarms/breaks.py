"""From a platform's runs and earlier alarms to what has to be said of it now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from blacklight_scraper.alarms.detection import NEW_RUNS, Break, fit, judge
from blacklight_scraper.alarms.runs import Run
from blacklight_scraper.alarms.states import AlarmKind, Finding
from blacklight_scraper.intake.fills import FIELDS


@dataclass(frozen=True, slots=True)
class Span:
    """When an alarm about the platform held; `clear_time` None: it still does."""

    kind: int
    field: str
    raise_time: datetime
    clear_time: datetime | None


def findings_of_runs(platform: str, runs: Sequence[Run], spans: Sequence[Span]) -> list[Finding]:
    """What a platform's newest runs, in their order, show against its usual ones."""
    usual = fit(usual_runs(runs, spans))
    if usual is None:
        return []
    held = frozenset(_place(span) for span in spans if span.clear_time is None)
    return [_finding(platform, found) for found in judge(usual, runs[-NEW_RUNS:], held)]


def usual_runs(runs: Sequence[Run], spans: Sequence[Span]) -> list[Run]:
    """The runs that say what is usual: none of the newest, none while an alarm held, nor those that led to one."""
    broken: set[int] = set()
    for span in spans:
        begin = next((place for place, run in enumerate(runs) if run.report_time >= span.raise_time), len(runs))
        for place in range(max(0, begin - NEW_RUNS), len(runs)):
            if span.clear_time is not None and runs[place].report_time > span.clear_time:
                break
            broken.add(place)
    return [run for place, run in enumerate(runs[:-NEW_RUNS]) if place not in broken]


def _place(span: Span) -> int | None:
    return FIELDS.index(span.field) if span.kind == AlarmKind.FIELD_FILL and span.field in FIELDS else None


def _finding(platform: str, found: Break) -> Finding:
    if found.place is None:
        said = (
            f"the last {found.runs} runs gave {found.observed:.1f} postings each that could be taken; "
            f"{found.expected:.1f} is usual"
        )
        return Finding(AlarmKind.COUNT_COLLAPSE, platform, "", "", found.observed, found.expected, found.runs, said)
    field = FIELDS[found.place]
    said = (
        f"{100 * found.observed:.0f} of 100 postings of the last {found.runs} runs hold {field}; "
        f"{100 * found.expected:.0f} is usual"
    )
    return Finding(AlarmKind.FIELD_FILL, platform, field, "", found.observed, found.expected, found.runs, said)
