"""Migrations of a service are one line of numbered steps, each name given once (P-94)."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from blacklight_testkit.faults import guards

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("auth", "candidate", "matching", "scraper")
CREATED = re.compile(r"""(?:CREATE TABLE(?: IF NOT EXISTS)?|create_table\()\s*["']?([\w.]+)""", re.IGNORECASE)


def files(service: str) -> list[Path]:
    return sorted((ROOT / f"services/{service}/migrations/versions").glob("*.py"))


@pytest.mark.parametrize("service", SERVICES)
@guards(
    "P-94",
    file="services/scraper/migrations/versions/0002_whole_fleet.py",
    old='down_revision = "0001"',
    new="down_revision = None",
)
def test_p94_the_migrations_of_a_service_have_one_beginning_and_one_end(service: str) -> None:
    scripts = ScriptDirectory(str(ROOT / f"services/{service}/migrations"))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert len(list(scripts.walk_revisions())) == len(files(service))


@pytest.mark.parametrize("service", SERVICES)
@guards(
    "P-94",
    file="services/scraper/migrations/versions/0002_whole_fleet.py",
    old='revision = "0002"',
    new='revision = "0003"',
)
def test_p94_a_migration_is_named_after_its_number_and_follows_the_one_before(service: str) -> None:
    found = [(path.stem[:4], *_numbers(path)) for path in files(service)]
    numbers = [number for number, _, _ in found]
    assert found == [(number, number, before) for number, before in zip(numbers, [None, *numbers], strict=False)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_table_is_created_by_one_migration(service: str) -> None:
    created = Counter(name for path in files(service) for name in CREATED.findall(path.read_text()))
    assert [name for name, times in created.items() if times > 1] == []


def _numbers(path: Path) -> tuple[str, str | None]:
    text = path.read_text()
    own = re.search(r'^revision(?:: \w+)? = "(\w+)"$', text, re.MULTILINE)
    before = re.search(r'^down_revision(?:: [\w| ]+)? = (?:"(\w+)"|None)$', text, re.MULTILINE)
    assert own is not None, path
    assert before is not None, path
    return own.group(1), before.group(1)
