"""The contract itself: who may call each RPC, lint, breaking changes, and the generated package."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from blacklight.options.v1 import options_pb2
from blacklight_servicekit.access import AccessRule, permission_name
from blacklight_servicekit.caller import CallerKind
from google.protobuf.descriptor import MethodDescriptor

ROOT = Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"
BUF = Path(sys.executable).with_name("buf")


def methods() -> list[MethodDescriptor]:
    """Every RPC of the contract."""
    return [method for name in _modules() for method in _methods_of(name)]


def _modules() -> list[str]:
    files = sorted((PROTOS / "blacklight").rglob("*_service.proto"))
    return [str(file.relative_to(PROTOS).with_suffix("")).replace("/", ".") + "_pb2" for file in files]


def _methods_of(module: str) -> Iterator[MethodDescriptor]:
    for service in importlib.import_module(module).DESCRIPTOR.services_by_name.values():
        yield from service.methods


EVERY = pytest.mark.parametrize(
    "method", methods(), ids=lambda method: f"{method.containing_service.name}.{method.name}"
)


def test_there_are_rpcs_of_all_four_services() -> None:
    packages = {method.containing_service.full_name.split(".")[1] for method in methods()}
    assert packages == {"auth", "candidate", "matching", "scraper"}


@EVERY
def test_says_who_may_call(method: MethodDescriptor) -> None:
    rule = AccessRule.of(method)
    assert rule.callers
    if CallerKind.PUBLIC in rule.callers:
        assert not rule.permission, "a call that needs no token cannot need a permission"
    if rule.permission:
        assert CallerKind.USER in rule.callers, "only users hold permissions"


@EVERY
def test_does_not_ask_a_tenant_of_callers_who_have_none(method: MethodDescriptor) -> None:
    rule = AccessRule.of(method)
    if not rule.any_tenant:
        assert rule.callers <= {CallerKind.USER, CallerKind.SERVICE}


def test_every_permission_is_asked_for_by_some_rpc_and_named_well() -> None:
    rules = [AccessRule.of(method) for method in methods()]
    asked = {rule.permission for rule in rules}.union(*(rule.widened_by for rule in rules)) - {""}
    values = options_pb2.Permission.DESCRIPTOR.values
    named = {permission_name(value.number) for value in values if value.number}
    assert asked == named
    for value in values:
        if value.number:
            expected = value.name.removeprefix("PERMISSION_").lower()
            assert permission_name(value.number).replace(".", "_") == expected
            assert re.fullmatch(r"[a-z_]+\.[a-z_]+", permission_name(value.number))


def _generate(*args: str, protos: Path = PROTOS) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(protos / "generate.py"), *args], capture_output=True, text=True)


def _buf(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BUF), *args], capture_output=True, text=True)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract as buf reads it."""
    made = tmp_path_factory.mktemp("contract") / "image.binpb"
    assert _generate("--image", str(made)).returncode == 0
    return made


def test_passes_buf_lint(image: Path) -> None:
    done = _lint(image)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_breaks_nothing_that_was_released(image: Path) -> None:
    done = _breaking(image)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def _lint(image: Path) -> subprocess.CompletedProcess[str]:
    """Of our own files only: the image holds what they import as well."""
    return _buf("lint", str(image), "--config", str(PROTOS / "buf.yaml"), "--path", "blacklight")


def _breaking(image: Path) -> subprocess.CompletedProcess[str]:
    baseline = PROTOS / "baseline.binpb"
    return _buf("breaking", str(image), "--against", str(baseline), "--config", str(PROTOS / "buf.yaml"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the contract to spoil."""
    ignore = shutil.ignore_patterns("gen")
    return shutil.copytree(PROTOS, tmp_path / "protos", ignore=ignore)


def _spoil(copy: Path, file: str, pattern: str, replacement: str) -> Path:
    path = copy / file
    spoilt, count = re.subn(pattern, replacement, path.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    path.write_text(spoilt)
    image = copy / "image.binpb"
    done = _generate("--image", str(image), protos=copy)
    assert done.returncode == 0, done.stderr
    return image


def test_a_removed_field_is_seen_as_breaking(copy: Path) -> None:
    image = _spoil(copy, "blacklight/candidate/v1/candidate.proto", r"^  string etag = \d+.*;$", "")
    done = _breaking(image)
    assert done.returncode != 0
    assert "etag" in done.stdout


def test_a_field_without_a_comment_is_seen_by_lint(copy: Path) -> None:
    image = _spoil(copy, "blacklight/options/v1/options.proto", r"^  // True where the RPC[^\n]*\n[^\n]*\n", "")
    done = _lint(image)
    assert done.returncode != 0
    assert "any_tenant" in done.stdout


def test_the_generated_package_is_fresh() -> None:
    done = _generate("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_generated_package_is_seen(copy: Path) -> None:
    shutil.copytree(PROTOS / "gen", copy / "gen", ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "blacklight/candidate/v1/candidate.proto"
    path.write_text(path.read_text().replace("  string etag =", "  string tag =", 1))
    done = _generate("--check", protos=copy)
    assert done.returncode == 1
    assert "candidate_pb2.py is stale" in done.stderr
