"""How sessions end, how long roles rest, what a secret looks like."""

from __future__ import annotations

from datetime import timedelta

import pytest
from blacklight_scraper.keys.secret import hash_of, looks_like_secret, secret_of, shown_prefix
from blacklight_scraper.queue.rest import RestRule
from blacklight_scraper.sessions.states import RunState, SessionState, end_state

RULE = RestRule(timedelta(minutes=20), timedelta(minutes=5), timedelta(hours=6))


@pytest.mark.parametrize(
    ("state", "runs", "waiting", "silent", "ends"),
    [
        (SessionState.FINISHING, [RunState.COMPLETED, RunState.FAILED], 0, False, SessionState.COMPLETED),
        (SessionState.FINISHING, [RunState.EMPTY_CONFIRMED], 0, False, SessionState.COMPLETED),
        (SessionState.FINISHING, [RunState.EMPTY_UNCONFIRMED], 0, False, SessionState.FAILED),
        (SessionState.FINISHING, [RunState.FAILED], 0, False, SessionState.FAILED),
        (SessionState.FINISHING, [RunState.COMPLETED], 1, True, None),
        (SessionState.ACTIVE, [RunState.COMPLETED], 0, False, None),
        (SessionState.ACTIVE, [RunState.COMPLETED], 0, True, SessionState.TIMED_OUT),
        (SessionState.COMPLETED, [RunState.COMPLETED], 0, True, None),
    ],
)
def test_ends_a_session_when_it_is_through_or_silent(
    state: SessionState, runs: list[RunState], waiting: int, silent: bool, ends: SessionState | None
) -> None:
    assert end_state(state, runs, batches_waiting=waiting, silent=silent) is ends


def test_lets_a_role_rest_twice_as_long_after_each_failure_up_to_a_limit() -> None:
    assert RULE.after(0) == timedelta(minutes=20)
    assert [RULE.after(failures) / timedelta(minutes=1) for failures in (1, 2, 3)] == [5, 10, 20]
    assert RULE.after(10_000) == timedelta(hours=6)


def test_makes_secrets_of_256_bits_that_look_like_secrets() -> None:
    secret = secret_of(bytes(range(32)))
    assert looks_like_secret(secret)
    assert secret.startswith(shown_prefix(secret))
    assert len(hash_of(secret)) == 32
    with pytest.raises(ValueError, match="32 random bytes"):
        secret_of(b"short")


@pytest.mark.parametrize(
    "text", ["", "blk_", "blk_" + "a" * 42, "blk_" + "a" * 44, "xyz_" + "a" * 43, "blk_" + "é" * 43]
)
def test_looks_nothing_else_up(text: str) -> None:
    assert not looks_like_secret(text)
