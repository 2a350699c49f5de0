"""A copy of the project in which a fault may be planted, with an environment that imports the copy's sources.

The project's own environment names the project's folders, in every process whatever its PYTHONPATH. The copy's names
the copy's folders first and takes everything else from where it is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blacklight_testkit.faults import BadGuard, Guard

SOURCES = ("libs/*/src", "services/*/src", "gateway/src", "deploy/local/src", "protos/gen")
PACKAGES = "blacklight_*/__init__.py"
_IMPORTED = (
    "import importlib, json, sys; print(json.dumps([importlib.import_module(n).__file__ for n in sys.argv[1:]]))"
)


class Copy:
    """The project as it is in the working tree, ignored files aside, at `root`."""

    def __init__(self, project: Path, root: Path) -> None:
        self.root = root
        self.python = root / ".venv/bin/python"
        _copy_files(project, root)
        _make_environment(root)
        self._check_imports()

    @contextmanager
    def changed(self, guard: Guard) -> Iterator[None]:
        """With the guard's change made. Raises BadGuard when there is nothing, or more than one thing, to change."""
        path = self.root / guard.file
        if not path.is_file():
            raise BadGuard(f"{guard.node}: there is no {guard.file}")
        before = path.read_text()
        if (times := before.count(guard.old)) != 1:
            raise BadGuard(f"{guard.node}: {guard.old!r} occurs {times} times in {guard.file}")
        after = before.replace(guard.old, guard.new)
        if path.suffix == ".py":
            _check_syntax(guard, after)
        path.write_text(after)
        try:
            yield
        finally:
            path.write_text(before)

    def _check_imports(self) -> None:
        """Raises AssertionError unless every package of ours comes from the copy."""
        names = [path.parent.name for folder in SOURCES for path in self.root.glob(f"{folder}/{PACKAGES}")]
        command = [str(self.python), "-c", _IMPORTED, *names]
        ran = subprocess.run(command, check=True, capture_output=True, cwd=self.root, timeout=120)
        outside = [file for file in json.loads(ran.stdout) if not Path(file).is_relative_to(self.root)]
        assert names, f"there are no packages in {self.root}"
        assert not outside, f"not from the copy: {outside}"


@contextmanager
def copied(project: Path) -> Iterator[Copy]:
    """A copy for as long as the block lasts. Other accounts may read it: the database server runs as one."""
    root = Path(tempfile.mkdtemp(prefix="bl-faults-")).resolve()
    root.chmod(0o755)
    try:
        yield Copy(project, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _check_syntax(guard: Guard, text: str) -> None:
    try:
        compile(text, guard.file, "exec")
    except SyntaxError as error:
        raise BadGuard(f"{guard.node}: the changed {guard.file} is no Python: {error}") from None


def _copy_files(project: Path, root: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, cwd=project).stdout
    for name in filter(None, listed.decode().split("\0")):
        source = project / name
        if source.is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / name)
    # Some tests ask git for the project's files.
    subprocess.run(["git", "init", "--quiet"], check=True, cwd=root)
    subprocess.run(["git", "add", "--all"], check=True, cwd=root)


def _make_environment(root: Path) -> None:
    """Lines of a .pth file are searched in order, and .pth files of folders named there are not read: so the project's
    own folders, which such files name, are not among them.
    """
    original = Path(sys.prefix)
    made = root / ".venv"
    (made / "bin").mkdir(parents=True)
    shutil.copy2(original / "pyvenv.cfg", made)
    for path in (original / "bin").iterdir():
        _copy_command(path, made / "bin" / path.name)
    installed = Path(sysconfig.get_path("purelib"))
    packages = made / installed.relative_to(original)
    packages.mkdir(parents=True)
    folders = [path for pattern in SOURCES for path in sorted(root.glob(pattern))]
    (packages / "_copy.pth").write_text("".join(f"{path}\n" for path in [*folders, installed]))


def _copy_command(path: Path, copy: Path) -> None:
    """Scripts must start the copy's Python; whatever else there is may be used where it is."""
    if path.is_symlink():
        copy.symlink_to(os.readlink(path))
    elif path.is_file() and (text := path.read_bytes()).startswith(b"#!"):
        copy.write_bytes(text.replace(os.fsencode(sys.prefix), os.fsencode(copy.parents[1])))
        copy.chmod(0o755)
    else:
        copy.symlink_to(path)
