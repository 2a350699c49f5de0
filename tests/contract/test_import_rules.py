"""Who may import whom, over the whole tree."""

from __future__ import annotations

from pathlib import Path

from blacklight_testkit import import_rules_roles as roles
from blacklight_testkit.import_rules import Tree

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_imports_only_what_its_role_may() -> None:
    assert Tree(ROOT).broken() == []


def test_every_exception_is_still_needed() -> None:
    tree = Tree(ROOT)
    named = {*roles.EXCEPTIONS, *roles.PLATFORM_WORK, *roles.KIT_STUBS, *roles.KIT_WORDS}
    assert named - set(tree.known) == set()
    unused = [name for name in roles.PLATFORM_WORK if "platform_transaction" not in tree.known[name].path.read_text()]
    assert unused == []
