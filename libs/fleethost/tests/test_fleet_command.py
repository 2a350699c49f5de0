"""`blacklight fleet`: what its commands need, how they end, what they tell."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from blacklight_fleethost import registry
from blacklight_fleethost.cli import supervision
from blacklight_fleethost.cli.commands import fleet
from blacklight_fleethost.cli.connecting import API_KEY_VARIABLE
from blacklight_fleethost.cli.display import line_of
from blacklight_fleethost.cli.status_file import StatusBoard, read_status
from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.link import HostRefused, LeaseStarved, LinkLost
from blacklight_fleethost.reader import BadOption, Reader
from blacklight_fleethost.spool import Depth, Spool
from blacklight_fleethost.state import HostState
from click.testing import CliRunner, Result
from packaging.requirements import Requirement

DATABASES = ("sqlalchemy", "psycopg2", "psycopg2-binary", "alembic", "redis", "temporalio", "blacklight-servicekit")


def run(*arguments: str, key: str = "blk_x") -> Result:
    return CliRunner().invoke(fleet, list(arguments), env={API_KEY_VARIABLE: key})


def start(folder: Path, *reader: str, key: str = "blk_x") -> Result:
    return run("host", "--gateway", "127.0.0.1:9", "--name", "h", "--spool", str(folder / "s"), *reader, key=key)


def test_asks_for_the_key_by_its_variable(tmp_path: Path) -> None:
    result = start(tmp_path, "--folder", str(tmp_path), key="")
    assert result.exit_code == 2
    assert API_KEY_VARIABLE in result.output


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ((), "choose one of"),
        (("--folder", ".", "--feed", "https://x.example/"), "choose one of"),
        (("--feed", "file:///etc/hostname", "--platform", "b"), "http://"),
        (("--feed", "https://x.example/"), "platform"),
        (("--feed", "https://x.example/", "--platform", "b", "--map", "title"), "NAME=VALUE"),
        (("--feed", "https://x.example/", "--platform", "b", "--map", "titel=x"), "no field titel"),
        (("--reader", "nowhere"), "installed are feed, folder"),
        (("--folder", ".", "--option", "colour=red"), "no option is called colour"),
    ],
)
def test_says_what_is_wrong_with_a_choice_of_reader(tmp_path: Path, reader: tuple[str, ...], said: str) -> None:
    result = start(tmp_path, *reader)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HostRefused("no"), 2),
        (LeaseStarved("no account"), 3),
        (LinkLost("gone"), 1),
        (KeyError("bug"), 42),
        (None, 0),
    ],
)
def test_ends_with_a_code_for_each_kind_of_end(error: Exception | None, code: int) -> None:
    ended = 0
    try:
        with supervision.supervised():
            if error is not None:
                raise error
    except SystemExit as left:
        ended = int(str(left.code))
    assert ended == code


class Shelf:
    """A reader as another package would bring it."""

    def __init__(self, colour: str) -> None:
        self.colour = colour

    async def read(self, search: Any, platform: str) -> Any:
        for never in ():
            yield never


def make_shelf(options: Any, tell: Any) -> Reader:
    if "colour" not in options:
        raise BadOption("the reader shelf needs the option colour")
    tell("made")
    return Shelf(options["colour"])


def test_finds_readers_that_other_packages_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.reader_names() == ["feed", "folder"]
    entry = metadata.EntryPoint("shelf", f"{__name__}:make_shelf", registry.GROUP)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[make_shelf.__module__])
    monkeypatch.setattr(metadata, "entry_points", lambda **_: metadata.EntryPoints([entry]))
    told: list[str] = []
    made = registry.make_reader("shelf", {"colour": "red"}, told.append)
    assert (isinstance(made, Shelf), told) == (True, ["made"])
    with pytest.raises(BadOption, match="colour"):
        registry.make_reader("shelf", {}, told.append)


def test_an_event_is_one_line_whatever_a_file_is_called() -> None:
    event = HostEvent(HostEventKind.READER_SAID, "h", message="not read: a\nh  connected\x1b[31m")
    assert line_of(event) == "h  reader  not read: a?h  connected?[31m"


def board_of(folder: Path) -> StatusBoard:
    return StatusBoard(folder, "h", "gate:443")


def test_tells_how_a_running_host_is(tmp_path: Path) -> None:
    board = board_of(tmp_path)
    for event in (
        HostEvent(HostEventKind.CONNECTED, "h", message="dice, indeed"),
        HostEvent(HostEventKind.CLAIMED, "h", "s1", "Nurse", message="dice"),
        HostEvent(HostEventKind.BATCH_ACKNOWLEDGED, "h", "s1", "Nurse", "dice", 1, accepted=4, refused=1),
        HostEvent(HostEventKind.BOARD_RESTS, "h", platform="indeed", message="for 60 s: 403"),
    ):
        board.see(event)
    board.refresh(HostState(Depth(3, 4096), ["indeed"], {"indeed": "BLOCKED"}))
    spool = Spool(tmp_path)
    try:
        result = run("status", "--spool", str(tmp_path))
        assert result.exit_code == 0
        for said in ("running", "connected, process", "1 batches, 4 postings taken, 1 refused", "3 batches, 4096 bytes",
                     "Nurse on dice", "paused        indeed", "indeed: BLOCKED", "for 60 s: 403"):  # fmt: skip
            assert said in result.output
        said = json.loads(run("status", "--spool", str(tmp_path), "--json").output)
        assert (said["running"], said["status"]["sessions"]) == (True, {"s1": {"role": "Nurse", "platforms": "dice"}})
    finally:
        spool.close()


def test_tells_that_a_host_does_not_run_and_what_it_left(tmp_path: Path) -> None:
    assert run("status", "--spool", str(tmp_path / "none")).exit_code == 1
    board_of(tmp_path).stopped()
    spool = Spool(tmp_path)
    spool.resume("s1", 1, 0)
    spool.add("s1", "dice", b"12345", [b"12345"])
    spool.close()
    result = run("status", "--spool", str(tmp_path))
    assert result.exit_code == 1
    assert "not running" in result.output
    assert "1 batches, 5 bytes" in result.output
    listed = run("spool", "list", "--spool", str(tmp_path))
    assert "s1  dice  1 batches, 5 bytes" in listed.output
    assert json.loads(run("spool", "list", "--spool", str(tmp_path), "--json").output)["waiting"][0]["batches"] == 1


def test_a_status_survives_being_read_while_it_is_written(tmp_path: Path) -> None:
    board = board_of(tmp_path)
    for _ in range(30):
        board.see(HostEvent(HostEventKind.READER_SAID, "h", message="x" * 1000))
    board.write()
    said = read_status(tmp_path)
    assert said is not None
    assert len(said["problems"]) == 20
    (tmp_path / "status.json").write_text("{half")
    assert read_status(tmp_path) is None
    assert run("status", "--spool", str(tmp_path)).exit_code == 1


def test_a_spool_in_use_is_not_listed_or_drained(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    try:
        assert run("spool", "list", "--spool", str(tmp_path)).exit_code == 1
        drained = run("spool", "drain", "--gateway", "127.0.0.1:9", "--name", "h", "--spool", str(tmp_path))
        assert drained.exit_code == 1
        assert "another host has the spool" in drained.output
    finally:
        spool.close()


def closure(name: str, found: dict[str, metadata.Distribution] | None = None) -> dict[str, metadata.Distribution]:
    """A package and all that installing it installs here, by normalised name."""
    found = {} if found is None else found
    if name in found:
        return found
    found[name] = metadata.distribution(name)
    for text in found[name].requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            closure(requirement.name.lower().replace("_", "-"), found)
    return found


def test_installing_it_installs_no_database_and_no_service() -> None:
    installed = closure("blacklight-fleethost")
    assert {"grpcio", "httpx", "lxml", "feedparser"} <= set(installed)
    assert not set(installed) & set(DATABASES)
    assert {name for name in installed if name.startswith("blacklight")} == {
        "blacklight-fleethost",
        "blacklight-protos",
    }


@pytest.mark.parametrize("module", ["sqlalchemy", "temporalio", "blacklight_servicekit", "psycopg2"])
def test_needs_no_database_and_no_service(module: str) -> None:
    program = f"import blacklight_fleethost.cli.commands, sys; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
