"""Who may import whom, checked over the tree: `python -m blacklight_testkit.import_rules [ROOT]`.

One small contract of our own: the stock ones of import-linter miss a *new* pure module that imports a database
driver, and a *new* feature's models used elsewhere. The table of what is allowed is `import_rules_roles`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from blacklight_testkit.import_rules_roles import (
    CONTROLLED,
    DOMAIN_WORDS,
    EXCEPTIONS,
    FORBIDDEN,
    KIT,
    KIT_STUBS,
    KIT_WORDS,
    PLATFORM_WORK,
    ROLES,
    SERVICES,
    STUBS,
    TELLING,
)
from blacklight_testkit.import_rules_scan import Module, modules_of, targets

SERVICE_PACKAGES = frozenset(f"blacklight_{name}" for name in SERVICES)


def role_of(module: Module, base: str) -> str:
    """The role of a service's module by its file's name; `base` is the module of its declarative base."""
    if module.name == base:
        return "models"
    if module.stem == "app":
        return "app"
    return module.stem if module.stem in ROLES else "pure"


def _base_of(package: str, known: dict[str, Module]) -> str:
    """A service keeps its declarative base beside its features, in `tables` or `models`."""
    return next((f"{package}.{name}" for name in ("tables", "models") if f"{package}.{name}" in known), "")


class Tree:
    """The modules under a root, and what breaks the rules."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known = modules_of(root)
        self._bases = {package: _base_of(package, self.known) for package in SERVICE_PACKAGES}
        self._features = {each.folder for each in self.known.values() if each.stem in TELLING}

    def broken(self) -> list[str]:
        """Every breach as `path:line: what and why`, sorted."""
        found: list[str] = []
        for module in self.known.values():
            for line, text in self._breaches(module):
                found.append(f"{module.path.relative_to(self.root)}:{line}: {text}")
        return sorted(found) + sorted(self._cycles())

    def _breaches(self, module: Module) -> Iterator[tuple[int, str]]:
        for target, line in targets(module, self.known):
            text = self._everywhere(module, target) or self._inside_a_service(module, target)
            if text:
                yield line, text
        yield from _platform_work(module)
        if module.package == KIT:
            yield from _domain_words(module)

    def _everywhere(self, module: Module, target: str) -> str:
        package = target.partition(".")[0]
        if package in SERVICE_PACKAGES and package != module.package:
            return f"{module.package} must not import the service {package}"
        if package in FORBIDDEN.get(module.package, ()):
            return f"{module.package} must not import {package}"
        if module.package == KIT and package == STUBS and not _within(target, KIT_STUBS.get(module.name, frozenset())):
            return f"servicekit must not import the contract of a service: {target}"
        if target.endswith(".app") and package in SERVICE_PACKAGES and module.stem not in ("__main__", "app"):
            return "only __main__ imports app"
        return ""

    def _inside_a_service(self, module: Module, target: str) -> str:
        if module.package not in SERVICE_PACKAGES:
            return ""
        package = target.partition(".")[0]
        role = self._role(module)
        if package in SERVICES_OTHERS:
            return f"a service imports stubs, servicekit, skills and itself, not {package}"
        if role == "app" or _within(target, _needs(module)):
            return ""
        if package == module.package:
            return self._between_own(module, role, target)
        rule = ROLES[role]
        if package == KIT:
            part = target.split(".")[1] if "." in target else ""
            allowed = part in rule.kit
            return "" if allowed else f"{_said(role)} must not import servicekit's {part}"
        if package in CONTROLLED and package not in rule.packages:
            return f"{_said(role)} must not import {package}"
        return ""

    def _between_own(self, module: Module, role: str, target: str) -> str:
        other = self.known.get(target)
        if other is None or other is module:
            return ""
        kind = self._role(other)
        if kind in ("pure", "encoding") or (kind == "app" and role == "__main__"):
            pure_to_encoding = kind == "encoding" and role == "pure"
            return "a pure module must not import an encoding" if pure_to_encoding else ""
        if target == self._bases[module.package]:
            return "" if role in ("models", "service") else f"{_said(role)} must not import the base of the tables"
        if kind == "service":
            return "" if ROLES[role].services else f"{_said(role)} must not import a service"
        if other.folder != module.folder and not module.folder.startswith(f"{other.folder}."):
            return f"{kind} of another feature; features call each other's service only: {target}"
        allowed = kind in ROLES[role].own or (kind == "models" and role == "service")
        return "" if allowed else f"{_said(role)} must not import {kind}"

    def _role(self, module: Module) -> str:
        return role_of(module, self._bases.get(module.package, ""))

    def _feature(self, module: Module) -> str:
        """The nearest folder that is a feature; empty for modules beside the features."""
        folder = module.folder
        while folder and folder not in self._features:
            folder = folder.rpartition(".")[0]
        return folder if folder != module.package else ""

    def _cycles(self) -> Iterator[str]:
        for package in sorted(SERVICE_PACKAGES):
            graph: dict[str, set[str]] = defaultdict(set)
            for module in self.known.values():
                mine = self._feature(module)
                if module.package != package or not mine or self._role(module) == "app":
                    continue
                for target, _ in targets(module, self.known):
                    other = self.known.get(target)
                    theirs = self._feature(other) if other is not None and self._role(other) == "service" else ""
                    if theirs and theirs != mine and other is not None and other.package == package:
                        graph[mine].add(theirs)
            try:
                TopologicalSorter(graph).prepare()
            except CycleError as error:
                yield f"{package}: features form a circle: {' -> '.join(error.args[1])}"


SERVICES_OTHERS = frozenset(
    {"blacklight_fleethost", "blacklight_cli", "blacklight_local", "blacklight_gateway", "blacklight_testkit"}
)


def _said(role: str) -> str:
    return "a pure module" if role == "pure" else role


def _within(target: str, prefixes: frozenset[str]) -> bool:
    return any(target == prefix or target.startswith(f"{prefix}.") for prefix in prefixes)


def _needs(module: Module) -> frozenset[str]:
    found = EXCEPTIONS.get(module.name)
    return found.modules if found else frozenset()


def _platform_work(module: Module) -> Iterator[tuple[int, str]]:
    if module.name in PLATFORM_WORK or module.package == "blacklight_testkit":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "platform_transaction":
            yield node.lineno, "platform_transaction, which sees every tenant, is not for this module"


def _domain_words(module: Module) -> Iterator[tuple[int, str]]:
    """Names and texts of servicekit; its docstrings may give examples."""
    if module.name in KIT_WORDS:
        return
    spoken = re.compile("|".join(DOMAIN_WORDS), re.IGNORECASE)
    told = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        words = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            words = node.value
        elif isinstance(node, ast.Name | ast.Attribute | ast.arg | ast.FunctionDef | ast.ClassDef):
            words = getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "arg", "")
            words = words or getattr(node, "name", "")
        if spoken.search(words):
            yield getattr(node, "lineno", 0), f"servicekit has no domain word in it: {words!r}"


def main(args: list[str]) -> int:
    """Prints every breach; the exit status says whether there was one."""
    tree = Tree(Path(args[0] if args else ".").resolve())
    found = tree.broken()
    for breach in found:
        sys.stdout.write(f"{breach}\n")
    if not tree.known:
        sys.stdout.write(f"no modules below {tree.root}\n")
    return 1 if found or not tree.known else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
