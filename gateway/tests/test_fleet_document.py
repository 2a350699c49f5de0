"""The document that hosts are written by says what the contract says (F-29)."""

from __future__ import annotations

import re
from pathlib import Path

from blacklight_gateway.contract import rpcs
from blacklight_testkit.faults import guards

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/fleet.md"
ROW = re.compile(r"^\| `([A-Z]+) (/api/\S+)` \| .+ \| ([\d, ]+) \|$", re.MULTILINE)
CODES = {200, 202, 204, 400, 403, 404, 409}


def _rows() -> list[tuple[str, str, set[int]]]:
    section = DOCUMENT.read_text().partition("## The contract by REST\n")[2]
    return [(verb, path, set(map(int, codes.split(",")))) for verb, path, codes in ROW.findall(section)]


@guards(
    "F-29",
    file="docs/fleet.md",
    old="| `POST /api/scraper/queue/complete` |",
    new="| `PUT /api/scraper/queue/complete` |",
)
def test_f29_the_table_of_calls_is_the_contracts() -> None:
    described = [(verb, path) for verb, path, _ in _rows()]
    contract = [(binding.verb, binding.path) for rpc in rpcs() if rpc.fleet_rest for binding in rpc.bindings]
    assert len(contract) > 10
    assert sorted(described) == sorted(contract)


def test_each_call_says_how_it_answers() -> None:
    for verb, path, codes in _rows():
        assert codes <= CODES, path
        assert codes & {200, 202, 204}, f"{verb} {path} has an answer that is no error"
