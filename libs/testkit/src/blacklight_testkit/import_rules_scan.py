"""Reads the modules of the tree: what each imports, by its source alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """A name imported at a line: a module, or a name in it (`name` may be either)."""

    module: str
    name: str
    line: int

    @property
    def package(self) -> str:
        """The package at the top."""
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """A module of ours."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.path.read_text(), str(self.path))

    @property
    def package(self) -> str:
        """The distribution it belongs to."""
        return self.name.partition(".")[0]

    @property
    def stem(self) -> str:
        """Its file's name: `__init__` for a package."""
        return self.path.stem

    @property
    def folder(self) -> str:
        """The package it is in, dotted; itself for a package."""
        return self.name if self.stem == "__init__" else self.name.rpartition(".")[0]

    def imports(self) -> Iterator[Import]:
        """Every import, also those inside functions and of types only."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, "", node.lineno)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                if node.level:
                    parts = self.folder.split(".")
                    base = parts[: len(parts) - node.level + 1]
                    module = ".".join([*base, *([module] if module else [])])
                for alias in node.names:
                    yield Import(module, alias.name, node.lineno)


def modules_of(root: Path) -> dict[str, Module]:
    """Every module below `libs/*/src`, `services/*/src`, `gateway/src` and `deploy/local/src`, by name."""
    found: dict[str, Module] = {}
    for source in (
        *root.glob("libs/*/src"),
        *root.glob("services/*/src"),
        root / "gateway/src",
        root / "deploy/local/src",
    ):
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path)
    return found


def targets(module: Module, known: dict[str, Module]) -> Iterator[tuple[str, int]]:
    """The full names of what a module imports: a module of ours where there is one of that name, with the line."""
    for each in module.imports():
        full = f"{each.module}.{each.name}" if each.name else each.module
        yield (full if full in known or each.module not in known else each.module), each.line
