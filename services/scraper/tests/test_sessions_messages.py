"""What hosts say of a platform's end, as administrators read it."""

from __future__ import annotations

import pytest
from blacklight_scraper.sessions.messages import LONGEST, without_userinfo


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no answer by http://user:pass@proxy.example:8080/x", "no answer by http://[secret]@proxy.example:8080/x"),
        (
            "socks5://token@proxy.example and https://a:b@c.example",
            "socks5://[secret]@proxy.example and https://[secret]@c.example",
        ),
        ("write to jobs@example.com", "write to jobs@example.com"),
        ("https://board.example/@name", "https://board.example/@name"),
        ("", ""),
    ],
)
def test_leaves_out_who_signs_in_at_an_address(said: str, kept: str) -> None:
    assert without_userinfo(said) == kept


def test_keeps_no_more_than_a_thousand_characters() -> None:
    assert len(without_userinfo("x" * 5_000)) == LONGEST
