"""Alarms that need no model of what is usual: ratios of the last hours, hosts that are silent (spec 8.8). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from blacklight_scraper.alarms.states import AlarmKind, Finding

ZERO_SHARE = 0.8
FEWEST_RUNS = 5
"""Runs of an hour below which nothing is said about their ratio."""
FEWEST_TRIES = 3
BLOCKED_RUNS = 3
QUIET_HOURS = 6


@dataclass(frozen=True, slots=True)
class LastHours:
    """What a platform's runs came to.

    Attributes:
        empty: runs of the last hour that gave nothing, confirmed or not.
        failed: those that failed; nobody's own doing, such as a termination, counts.
        blocked: those that failed by a block or a captcha.
        runs: all of the last hour.
        tries: runs of the last six hours.
        found: those of them that gave something.
        tried_for_an_hour: whether the first of the tries lies an hour back at least.
    """

    platform: str
    runs: int
    empty: int
    failed: int
    blocked: int
    tries: int
    found: int
    tried_for_an_hour: bool


def findings_of(hours: LastHours) -> Iterator[Finding]:
    """What is to be said of a platform's last hours."""
    answered = hours.runs - hours.failed
    if answered >= FEWEST_RUNS and hours.empty > ZERO_SHARE * answered:
        share = hours.empty / answered
        said = f"{hours.empty} of {answered} runs of the last hour gave no posting"
        yield Finding(AlarmKind.ZERO_RESULTS, hours.platform, "", "", share, ZERO_SHARE, answered, said)
    if hours.runs >= FEWEST_TRIES and hours.failed == hours.runs:
        said = f"all {hours.runs} runs of the last hour failed"
        yield Finding(AlarmKind.ALL_FAILED, hours.platform, "", "", 1.0, 0.0, hours.runs, said)
    if hours.blocked >= BLOCKED_RUNS:
        said = f"{hours.blocked} of {hours.runs} runs of the last hour were blocked or met a captcha"
        yield Finding(AlarmKind.BLOCKED, hours.platform, "", "", hours.blocked / hours.runs, 0.0, hours.blocked, said)
    if hours.tries >= FEWEST_TRIES and hours.found == 0 and hours.tried_for_an_hour:
        said = f"none of the {hours.tries} runs of the last {QUIET_HOURS} hours gave a posting"
        yield Finding(AlarmKind.NO_RESULTS, hours.platform, "", "", 0.0, 1.0, hours.tries, said)


def silent_host(host_id: str, host_name: str, sessions: int, minutes: float) -> Finding:
    """A host with open work that gives no sign of life."""
    who = host_name or "a host by REST"
    said = f"{who} has {sessions} open or lost sessions and has given no sign of life for {minutes:.0f} minutes"
    return Finding(AlarmKind.HOST_SILENT, "", "", host_id, round(minutes, 1), 0.0, sessions, said)
