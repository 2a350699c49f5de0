"""Writes commit in the service layer only (H-3), and no exception is swallowed (P-105)."""

from __future__ import annotations

from pathlib import Path

import pytest
from blacklight_testkit import source_rules
from blacklight_testkit.import_rules_scan import modules_of

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = "services/candidate/src/blacklight_candidate/people"

PLANTED = [
    ("service", "def f(session):\n    session.commit()", "only servicekit's database begins or ends"),
    ("service", "def f(session):\n    session.rollback()", "only servicekit's database begins or ends"),
    ("rules", "def f(session):\n    with session.begin():\n        pass", "only servicekit's database begins or ends"),
    ("rules", "try:\n    pass\nexcept:\n    pass", "a bare except"),
    ("rules", "try:\n    pass\nexcept Exception:\n    pass", "a broad except that swallows"),
    ("rules", "try:\n    pass\nexcept (ValueError, BaseException):\n    x = 1", "a broad except that swallows"),
    ("rules", "import contextlib\nwith contextlib.suppress(Exception):\n    pass", "a broad except that swallows"),
    ("servicer", "class S:\n    def f(self, x):\n        self._session.add(x)", "servicer must not touch the database"),
    ("activities", "def f(session, x):\n    session.delete(x)", "activities must not touch the database"),
    ("workflows", "def f(session):\n    session.execute('DELETE')", "workflows must not touch the database"),
    ("servicer", "def f(d, t):\n    with d.transaction(t):\n        pass", "only service.py opens transactions"),
    ("rules", "def f(d):\n    with d.platform_transaction():\n        pass", "only service.py opens transactions"),
]


def test_the_tree_keeps_the_rules() -> None:
    assert source_rules.broken(ROOT) == []


@pytest.mark.parametrize(("stem", "planted", "said"), PLANTED)
def test_a_planted_breach_is_seen(tmp_path: Path, stem: str, planted: str, said: str) -> None:
    path = tmp_path / PEOPLE / f"{stem}.py"
    path.parent.mkdir(parents=True)
    path.write_text(planted)
    found = source_rules.broken(tmp_path)
    assert len(found) == 1, found
    assert said in found[0]


def test_an_exception_raised_again_is_no_breach(tmp_path: Path) -> None:
    path = tmp_path / PEOPLE / "rules.py"
    path.parent.mkdir(parents=True)
    path.write_text("try:\n    pass\nexcept Exception:\n    x = 1\n    raise\n")
    assert source_rules.broken(tmp_path) == []


def test_every_named_exception_is_still_needed() -> None:
    known = modules_of(ROOT)
    assert set(source_rules.BROAD_EXCEPTS) | set(source_rules.TRANSACTION_OWNERS) <= set(known)
    assert [name for name in source_rules.BROAD_EXCEPTS if not [*source_rules.broad_excepts(known[name])]] == []
    owners = source_rules.TRANSACTION_OWNERS
    assert [name for name in owners if not [*source_rules.transactions_ended(known[name])]] == []
