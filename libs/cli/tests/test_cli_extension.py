"""How the command finds what other packages bring."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from blacklight_cli.main import ExtensibleGroup
from click.testing import CliRunner

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package with one module and one entry point on the path; hides the installed ones."""
    monkeypatch.setattr(
        metadata, "entry_points",
        lambda *, group: metadata.EntryPoints(
            entry
            for found in metadata.distributions(path=[str(tmp_path)])
            for entry in found.entry_points.select(group=group)
        ),
    )  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[blacklight.commands]\n{name} = {name}:commands\n")

    return add


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(ExtensibleGroup("blacklight"), arguments)
    return result.exit_code, result.output


GREET = "import click\n@click.command()\ndef greet():\n    click.echo('hello')\ncommands = [greet]\n"


def test_runs_a_command_another_package_brings(install: Install) -> None:
    install("cli_probe_greeting", GREET)
    assert run("greet") == (0, "hello\n")
    assert "greet" in run("--help")[1]


def test_says_so_when_no_package_brings_commands(install: Install) -> None:
    status, output = run("greet")
    assert status == 1
    assert "No commands are installed" in output
    assert "blacklight-local" in run("--help")[1]


def test_names_a_package_that_cannot_be_loaded_and_keeps_the_others(install: Install) -> None:
    install("cli_probe_broken", "import a_module_that_is_not_there\n")
    install("cli_probe_sound", GREET)
    status, output = run("greet")
    assert status == 0
    assert "cli_probe_broken:commands cannot be loaded: No module named" in output
    assert output.endswith("hello\n")


def test_refuses_what_is_not_a_list_of_commands(install: Install) -> None:
    install("cli_probe_wrong", "commands = ['greet']\n")
    assert "is not a list of click commands" in run("--help")[1]


def test_refuses_two_commands_of_one_name(install: Install) -> None:
    install("cli_probe_first", GREET)
    install("cli_probe_second", GREET)
    assert "two packages bring a command `greet`" in run("--help")[1]
