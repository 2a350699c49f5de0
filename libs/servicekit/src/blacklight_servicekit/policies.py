"""Timeouts and retries of activities, by name: `workflow.execute_activity(name, arg, **policies.DB)`."""

from __future__ import annotations

from datetime import timedelta
from typing import NotRequired, TypedDict

from temporalio.common import RetryPolicy


class ActivityPolicy(TypedDict):
    """Arguments of `workflow.execute_activity`."""

    start_to_close_timeout: timedelta
    heartbeat_timeout: NotRequired[timedelta]
    retry_policy: RetryPolicy


HEARTBEAT = timedelta(seconds=10)
"""A killed worker is known so soon: every worker of ours beats by itself (`heartbeats`)."""


def _policy(seconds: float, attempts: int, first: float = 0.2, longest: float = 30) -> ActivityPolicy:
    return ActivityPolicy(
        start_to_close_timeout=timedelta(seconds=seconds),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=first),
            backoff_coefficient=2.0,
            maximum_interval=timedelta(seconds=longest),
            maximum_attempts=attempts,
        ),
    )


DB = _policy(seconds=30, attempts=0)
"""A transaction of our own: retried until it succeeds; errors of the rules are raised as non-retryable."""
RPC = _policy(seconds=30, attempts=0)
"""A call to another service of ours."""
COMPUTE = _policy(seconds=120, attempts=5)
"""Reading a file, scoring a block: bounded, and a poisoned input must not loop for ever."""
EXTERNAL = _policy(seconds=60, attempts=8, first=1, longest=300)
"""Somebody else's server."""
