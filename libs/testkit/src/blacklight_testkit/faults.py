"""Guards of known faults (spec sections 7 and 8.10): a test, and the change of one line that turns it red.

    @guards("P-31", file="services/scraper/src/…/claiming.py", old="LIMIT 1", new="LIMIT 2")
    def test_p31_a_claimer_does_not_lock_the_whole_queue() -> None: ...

`make faults ONLY=P-31` makes the change in a copy of the project and shows the red. Guards are found by reading the
tests, not by importing them, so what `guards` is given are texts, or names that the module gives to texts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])
FAULT = re.compile(r"[PF]-\d{2,3}\Z")
TESTS = ("libs", "services", "gateway", "deploy", "tests")


class BadGuard(Exception):
    """A guard that says something impossible; the text says which and what."""


@dataclass(frozen=True)
class Guard:
    """A test at `path` (relative to the project's root) that fails once `old` in `file` is `new`."""

    fault: str
    file: str
    old: str
    new: str
    path: str
    test: str

    @property
    def node(self) -> str:
        """The test as pytest names it."""
        return f"{self.path}::{self.test}"

    @property
    def change(self) -> str:
        """What is done to turn it red, on one line."""
        old = " ".join(self.old.split())
        new = " ".join(self.new.split())
        return f"{Path(self.file).name}: {old!r} " + (f"becomes {new!r}" if new else "removed")


def guards(fault: str, *, file: str, old: str, new: str) -> Callable[[Test], Test]:
    """Marks a test as the guard of a fault; may be stacked. `file` is relative to the project's root, `old` occurs in
    it exactly once. Raises BadGuard when the test's name does not tell the fault, as p31 or f08.
    """

    def mark(test: Test) -> Test:
        check(Guard(fault, file, old, new, test.__code__.co_filename, test.__name__))
        marked: Test = pytest.mark.fault(fault, file=file, old=old, new=new)(test)
        return marked

    return mark


def check(guard: Guard) -> None:
    """Raises BadGuard for a fault that is none, for a test not named after it, and for a change of nothing."""
    if not FAULT.match(guard.fault):
        raise BadGuard(f"{guard.node}: {guard.fault!r} is no fault; P-31 and F-08 are")
    if guard.fault.replace("-", "").lower() not in guard.test.split("_"):
        raise BadGuard(f"{guard.node}: its name does not tell {guard.fault}")
    if not guard.old or guard.old == guard.new:
        raise BadGuard(f"{guard.node}: changes nothing")


def collect(root: Path) -> list[Guard]:
    """Every guard of the tree, sorted by fault. Raises BadGuard."""
    found: list[Guard] = []
    for folder in TESTS:
        for path in sorted((root / folder).rglob("test_*.py")):
            text = path.read_text()
            if "guards(" in text:
                found += _guards_of(path.relative_to(root).as_posix(), ast.parse(text))
    for guard in found:
        check(guard)
    return sorted(found, key=lambda guard: (guard.fault[0] != "P", int(guard.fault[2:]), guard.node))


def _guards_of(path: str, tree: ast.Module) -> Iterator[Guard]:
    texts = {name: value for name, value in _named_texts(tree)}
    for scope, body in _scopes(tree):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "guards":
                        yield _guard(decorator, texts, path, scope + node.name)


def _named_texts(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """`NAME = "text"` of the module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value


def _scopes(tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield "", tree.body
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield f"{node.name}::", node.body


def _guard(call: ast.Call, texts: Mapping[str, str], path: str, test: str) -> Guard:
    def text(node: ast.expr) -> str:
        return texts[node.id] if isinstance(node, ast.Name) else str(ast.literal_eval(node))

    try:
        [fault] = map(text, call.args)
        said = {str(keyword.arg): text(keyword.value) for keyword in call.keywords}
        return Guard(fault, said.pop("file"), said.pop("old"), said.pop("new"), path, test, **said)
    except (ValueError, TypeError, KeyError):
        message = (
            f"{path}:{call.lineno}: guards takes a fault, file, old and new, as texts or their names in the module"
        )
        raise BadGuard(message) from None
