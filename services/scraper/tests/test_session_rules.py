"""How sessions end, how long roles rest, what a secret looks like."""

from __future__ import annotations

from datetime import timedelta

import pytest
from blacklight_scraper.keys.secret import hash_of, looks_like_secret, secret_of, shown_prefix
from blacklight_scraper.queue.rest import Outcome, RestRule
from blacklight_scraper.sessions.states import RunState, SessionState, end_state, rest_outcome
from blacklight_testkit.faults import guards

REST = "services/scraper/src/blacklight_scraper/queue/rest.py"
RULE = RestRule(timedelta(minutes=5), timedelta(hours=6))
CADENCE = timedelta(minutes=20)


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


@guards(
    "F-20",
    file=REST,
    old="return min(self.first * (1 << doublings), self.longest)",
    new="return self.first * (1 << doublings)",
)
def test_f20_rest_after_failures_grows_and_is_bounded() -> None:
    def after(failures: int) -> timedelta:
        return RULE.after(Outcome.FAILURE, failures, CADENCE)

    assert [after(failures) / timedelta(minutes=1) for failures in (1, 2, 3)] == [5, 10, 20]
    assert after(10_000) == timedelta(hours=6)


@guards("F-20", file=REST, old="return max(before - forgotten, 0) + 1", new="return before + 1")
def test_f20_old_failures_are_forgotten_with_time() -> None:
    assert RULE.failures(7, Outcome.FAILURE, timedelta()) == 8
    assert RULE.failures(7, Outcome.FAILURE, timedelta(hours=-1)) == 8
    assert RULE.failures(7, Outcome.FAILURE, timedelta(hours=12)) == 6
    assert RULE.failures(7, Outcome.FAILURE, timedelta(days=30)) == 1
    assert RULE.failures(7, Outcome.SUCCESS, timedelta()) == 0


@pytest.mark.parametrize(
    ("outcome", "rest"),
    [(Outcome.SUCCESS, CADENCE), (Outcome.STOPPED, CADENCE), (Outcome.NOT_WORKED, timedelta())],
)
def test_lets_a_target_rest_by_what_became_of_it(outcome: Outcome, rest: timedelta) -> None:
    assert RULE.after(outcome, 3, CADENCE) == rest
    if outcome is not Outcome.SUCCESS:
        assert RULE.failures(3, outcome, timedelta()) == 3


@pytest.mark.parametrize(
    ("run", "reason", "outcome"),
    [
        (RunState.COMPLETED, 0, Outcome.SUCCESS),
        (RunState.EMPTY_CONFIRMED, 0, Outcome.SUCCESS),
        (RunState.EMPTY_UNCONFIRMED, 0, Outcome.FAILURE),
        (RunState.FAILED, 3, Outcome.FAILURE),
        (RunState.FAILED, 12, Outcome.FAILURE),
        (RunState.FAILED, 13, Outcome.STOPPED),
        (RunState.SKIPPED, 0, Outcome.NOT_WORKED),
    ],
)
def test_counts_an_unconfirmed_empty_as_a_failure(run: RunState, reason: int, outcome: Outcome) -> None:
    assert rest_outcome(run, reason) is outcome


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
