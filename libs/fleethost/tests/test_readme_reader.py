"""The README's reader is a reader."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight_fleethost.reader import BadOption

README = Path(__file__).parents[1] / "README.md"


def example() -> dict[str, Any]:
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    made: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), made)
    return made


@pytest.mark.parametrize(
    ("answer", "outcome", "count"),
    [
        (
            {"jobs": [{"id": "7", "title": "T", "company": "C", "text": "D", "url": "https://b.example/7"}]},
            "COMPLETED",
            1,
        ),
        ({"says_no_results": True}, "EMPTY_CONFIRMED", 0),
        ({}, "EMPTY_UNCONFIRMED", 0),
        ({"status": 403}, "FAILED", 0),
    ],
)
def test_the_readme_shows_a_reader_that_works(play: Any, peer: Any, answer: Any, outcome: str, count: int) -> None:
    asked: list[str] = []

    async def fetch(query: str, account: Any) -> Any:
        asked.append(query)
        return SimpleNamespace(**{"status": 200, "says_no_results": False, "jobs": [], **answer})

    peer.welcome.platforms[:] = ["my_board"]
    peer.assignments = [peer.assignment(peer.assignment().session_id, "my_board")]
    play(example()["make"]({"fetch": fetch}, print))
    [report] = peer.heard("report")
    assert session_pb2.PlatformRunState.Name(report.outcome) == f"PLATFORM_RUN_STATE_{outcome}"
    assert len(peer.delivered()) == count
    assert asked == ["Nurse"]


def test_the_readmes_reader_says_which_option_it_needs() -> None:
    with pytest.raises(BadOption):
        example()["make"]({}, print)
