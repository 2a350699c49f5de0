"""What no source of ours may say: transactions ended outside the database layer, exceptions swallowed, writes by hand
in the thin layers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from blacklight_testkit.import_rules import SERVICE_PACKAGES
from blacklight_testkit.import_rules_roles import KIT
from blacklight_testkit.import_rules_scan import Module, modules_of

TRANSACTION_OWNERS = {
    "blacklight_servicekit.database": "opens the transactions of everybody",
}
"""Modules that may say commit, rollback or begin."""

BROAD_EXCEPTS = {
    "blacklight_servicekit.server": "the one place that answers for whatever a method raised",
    "blacklight_servicekit.relay": "whatever a handler raised is kept with its event and tried again",
    "blacklight_servicekit.running": "a background loop that breaks is logged and begun again",
    "blacklight_candidate.resumes.reading.process": "a fault in the reading process must reach its parent's log",
    "blacklight_scraper.fleet.group_commit": "whoever waits for the item gets what was raised",
    "blacklight_scraper.fleet.stream": "it ends the stream, which answers with it",
    "blacklight_scraper.fleet.board": "logged; the next look asks the same question",
    "blacklight_scraper.alarms.activities": "logged, and a round that fails shows as a watch asleep",
    "blacklight_scraper.alarms.service": "a platform that cannot be judged is an alarm itself and silences no other",
}
"""Modules that may catch Exception without raising it again, and why."""

THIN = frozenset({"servicer", "workflows", "activities", "events"})
_ENDINGS = frozenset({"commit", "rollback", "begin", "begin_nested"})
_WRITES = frozenset({"add", "add_all", "delete", "merge", "flush", "execute", "scalars", "bulk_save_objects"})


def transactions_ended(module: Module) -> Iterator[int]:
    """Lines that commit, roll back or begin."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ENDINGS:
            yield node.lineno


def bare_excepts(module: Module) -> Iterator[int]:
    """Lines with `except:`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno


def broad_excepts(module: Module) -> Iterator[int]:
    """Lines that catch Exception or BaseException and do not raise again, and those that suppress them."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None and _broad(node.type):
            if not (node.body and isinstance(node.body[-1], ast.Raise)):
                yield node.lineno
        elif isinstance(node, ast.Call) and _called(node) == "suppress" and any(map(_broad, node.args)):
            yield node.lineno


def _broad(type_: ast.expr) -> bool:
    names = type_.elts if isinstance(type_, ast.Tuple) else [type_]
    return any(isinstance(name, ast.Name) and name.id in ("Exception", "BaseException") for name in names)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def writes(module: Module) -> Iterator[int]:
    """Lines that use something named like a session or connection to read or write."""
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WRITES):
            continue
        owner = node.func.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if name.strip("_") in ("session", "connection", "cursor", "database"):
            yield node.lineno


def opened_transactions(module: Module) -> Iterator[int]:
    """Lines that open a transaction."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _called(node) in ("transaction", "platform_transaction"):
            yield node.lineno


def broken(root: Path) -> list[str]:
    """Every breach as `path:line: what`."""
    found = []
    for module in modules_of(root).values():
        if module.package == "blacklight_testkit":
            continue
        for line, text in _breaches(module):
            found.append(f"{module.path.relative_to(root)}:{line}: {text}")
    return sorted(found)


def _breaches(module: Module) -> Iterator[tuple[int, str]]:
    of_service = module.package in SERVICE_PACKAGES
    if (of_service or module.package == KIT) and module.name not in TRANSACTION_OWNERS:
        for line in transactions_ended(module):
            yield line, "only servicekit's database begins or ends a transaction"
    for line in bare_excepts(module):
        yield line, "a bare except"
    if module.name not in BROAD_EXCEPTS:
        for line in broad_excepts(module):
            yield line, "a broad except that swallows"
    if of_service and module.stem in THIN:
        for line in writes(module):
            yield line, f"{module.stem} must not touch the database"
    if of_service and module.stem != "service":
        for line in opened_transactions(module):
            yield line, "only service.py opens transactions"
