from datetime import UTC, datetime, timedelta

import pytest
from blacklight_auth.sessions.rotation import Verdict, judge

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("used", "expires", "revoked", "verdict"),
    [
        (None, LATER, None, Verdict.FRESH),
        (EARLIER, LATER, None, Verdict.REUSED),
        (None, NOW, None, Verdict.DEAD),
        (EARLIER, NOW, None, Verdict.DEAD),
        (None, LATER, EARLIER, Verdict.DEAD),
        (EARLIER, LATER, EARLIER, Verdict.DEAD),
    ],
)
def test_judges_a_refresh_token(
    used: datetime | None, expires: datetime, revoked: datetime | None, verdict: Verdict
) -> None:
    assert judge(used_time=used, expire_time=expires, revoke_time=revoked, now=NOW) is verdict
