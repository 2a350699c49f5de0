from datetime import UTC, datetime, timedelta

from blacklight_auth.accounts.lockout import LOCK, MAX_FAILURES, Failures

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _after(count: int) -> Failures:
    failures = Failures()
    for _ in range(count):
        failures = failures.after_failure(NOW)
    return failures


def test_locks_at_the_fifth_failure_and_not_before() -> None:
    assert not _after(MAX_FAILURES - 1).locked(NOW)
    assert _after(MAX_FAILURES) == Failures(5, NOW + timedelta(minutes=30))


def test_counts_nothing_while_locked() -> None:
    locked = _after(MAX_FAILURES)
    assert locked.after_failure(NOW + timedelta(minutes=29)) == locked


def test_begins_anew_when_the_lock_has_run_out() -> None:
    after = _after(MAX_FAILURES).after_failure(NOW + LOCK)
    assert after == Failures(1, None)
