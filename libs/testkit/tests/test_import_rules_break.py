"""Every import rule, shown to break: a copy of the tree's shape with one violation planted in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from blacklight_testkit.import_rules import Tree, main

CANDIDATE = "services/candidate/src/blacklight_candidate"
MATCHING = "services/matching/src/blacklight_matching"
KIT = "libs/servicekit/src/blacklight_servicekit"

SOUND = {
    f"{CANDIDATE}/__init__.py": "",
    f"{CANDIDATE}/__main__.py": "from blacklight_candidate.app import APP\nimport blacklight_servicekit.main\n",
    f"{CANDIDATE}/app.py": "import grpc\nfrom blacklight_candidate.people import service, servicer\n",
    f"{CANDIDATE}/settings.py": "import pydantic\nfrom blacklight_servicekit.settings import ServiceSettings\n",
    f"{CANDIDATE}/tables.py": "from sqlalchemy.orm import DeclarativeBase\n",
    f"{CANDIDATE}/people/__init__.py": "",
    f"{CANDIDATE}/people/models.py": "import sqlalchemy\nfrom blacklight_candidate.tables import Base\n",
    f"{CANDIDATE}/people/service.py": (
        "from blacklight_candidate.people import age\nfrom blacklight_candidate.people.models import Person\n"
        "from blacklight_candidate.people.encoding import encode\nfrom blacklight_servicekit import outbox\n"
    ),
    f"{CANDIDATE}/people/servicer.py": (
        "from blacklight.candidate.v1 import candidate_pb2\nfrom blacklight_candidate.people.service import People\n"
    ),
    f"{CANDIDATE}/people/encoding.py": "from blacklight.candidate.v1 import candidate_pb2\n",
    f"{CANDIDATE}/people/age.py": "import numpy\nfrom blacklight_servicekit.errors import Invalid\n",
    f"{CANDIDATE}/people/activities.py": (
        "import temporalio\nfrom blacklight_candidate.people.service import People\n"
    ),
    f"{CANDIDATE}/people/workflows.py": (
        "import temporalio\nfrom blacklight_servicekit import policies\n"
        "from blacklight_candidate.people.activities import A\n"
    ),
    f"{CANDIDATE}/papers/__init__.py": "",
    f"{CANDIDATE}/papers/models.py": "from blacklight_candidate.tables import Base\n",
    f"{CANDIDATE}/papers/service.py": "from blacklight_candidate.people.service import People\n",
    f"{CANDIDATE}/papers/size.py": "",
    f"{MATCHING}/__init__.py": "",
    f"{MATCHING}/roles/service.py": "def f(database):\n    database.platform_transaction()\n",
    f"{KIT}/__init__.py": "",
    f"{KIT}/errors.py": '"""Such as a candidate that is not found."""\n',
    f"{KIT}/settings.py": 'SERVICES = ("candidate", "matching")\n',
    f"{KIT}/main.py": "",
    f"{KIT}/outbox.py": "",
    f"{KIT}/policies.py": "",
    f"{KIT}/database.py": "",
    f"{KIT}/server.py": "",
    "libs/fleethost/src/blacklight_fleethost/__init__.py": "import grpc\nimport blacklight.scraper.v1\n",
    "libs/skills/src/blacklight_skills/__init__.py": "import re\n",
}

PLANTED = [
    # A module that was pure, or is new, opens the world.
    ("people/age.py", "import sqlalchemy", "a pure module must not import sqlalchemy"),
    ("people/age.py", "from sqlalchemy.orm import Session", "a pure module must not import sqlalchemy"),
    ("people/brand_new.py", "import grpc", "a pure module must not import grpc"),
    ("people/brand_new.py", "from temporalio import workflow", "a pure module must not import temporalio"),
    ("people/age.py", "from blacklight.candidate.v1 import candidate_pb2", "a pure module must not import blacklight"),
    ("people/age.py", "def f():\n    import psycopg2", "a pure module must not import psycopg2"),
    ("people/age.py", "from . import models", "a pure module must not import models"),
    ("people/age.py", "from .service import People", "a pure module must not import a service"),
    ("people/age.py", "from .encoding import encode", "a pure module must not import an encoding"),
    ("people/age.py", "from ..tables import Base", "a pure module must not import the base of the tables"),
    ("people/age.py", "from blacklight_servicekit import database", "must not import servicekit's database"),
    # Layers.
    ("people/servicer.py", "from blacklight_candidate.people.models import Person", "servicer must not import models"),
    ("people/servicer.py", "import sqlalchemy", "servicer must not import sqlalchemy"),
    ("people/servicer.py", "from blacklight_servicekit.database import Database", "servicekit's database"),
    ("people/servicer.py", "import temporalio", "servicer must not import temporalio"),
    ("people/service.py", "import grpc", "service must not import grpc"),
    ("people/service.py", "import temporalio", "service must not import temporalio"),
    ("people/service.py", "from .servicer import S", "service must not import servicer"),
    ("people/service.py", "from blacklight_servicekit import server", "service must not import servicekit's server"),
    ("people/models.py", "from .service import People", "models must not import a service"),
    ("people/models.py", "from blacklight.candidate.v1 import candidate_pb2", "models must not import blacklight"),
    ("people/activities.py", "from .models import Person", "activities must not import models"),
    ("people/activities.py", "import sqlalchemy", "activities must not import sqlalchemy"),
    ("people/workflows.py", "from .service import People", "workflows must not import a service"),
    (
        "people/workflows.py",
        "from blacklight.candidate.v1 import candidate_pb2",
        "workflows must not import blacklight",
    ),
    ("people/encoding.py", "import sqlalchemy", "encoding must not import sqlalchemy"),
    ("settings.py", "import sqlalchemy", "settings must not import sqlalchemy"),
    # Features.
    ("papers/service.py", "from blacklight_candidate.people.models import Person", "models of another feature"),
    ("papers/service.py", "from blacklight_candidate.people import servicer", "servicer of another feature"),
    ("brand_new/service.py", "from blacklight_candidate.people.models import Person", "models of another feature"),
    ("people/service.py", "from blacklight_candidate.papers.service import Papers", "features form a circle"),
    # The composition root.
    ("people/service.py", "from blacklight_candidate.app import APP", "only __main__ imports app"),
    ("people/service.py", "from blacklight_candidate import app", "only __main__ imports app"),
    # Services.
    ("people/service.py", "import blacklight_matching", "must not import the service blacklight_matching"),
    ("app.py", "from blacklight_matching.roles import service", "must not import the service blacklight_matching"),
    ("people/age.py", "import blacklight_testkit", "a service imports stubs, servicekit, skills and itself"),
    ("people/service.py", "import blacklight_fleethost", "a service imports stubs, servicekit, skills and itself"),
    # Every tenant at once.
    ("people/service.py", "def f(d):\n    d.platform_transaction()", "platform_transaction, which sees every tenant"),
    # Libraries.
    ("libs/fleethost/src/blacklight_fleethost/link.py", "import blacklight_servicekit", "must not import"),
    ("libs/fleethost/src/blacklight_fleethost/link.py", "from sqlalchemy import text", "must not import sqlalchemy"),
    ("libs/skills/src/blacklight_skills/names.py", "import grpc", "must not import grpc"),
    ("libs/skills/src/blacklight_skills/names.py", "import blacklight.options.v1", "must not import blacklight"),
    (f"{KIT}/errors.py", "import blacklight_candidate", "must not import the service"),
    (f"{KIT}/errors.py", "from blacklight.candidate.v1 import candidate_pb2", "the contract of a service"),
    (f"{KIT}/errors.py", "def find_candidate():\n    pass", "servicekit has no domain word in it"),
    (f"{KIT}/errors.py", "NAME = 'resume'", "servicekit has no domain word in it"),
    (f"{KIT}/errors.py", "import blacklight_skills", "must not import blacklight_skills"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree that keeps every rule."""
    for name, text in SOUND.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_finds_nothing_in_a_tree_that_keeps_the_rules(tree: Path) -> None:
    assert Tree(tree).broken() == []
    assert main([str(tree)]) == 0


@pytest.mark.parametrize(("file", "planted", "said"), PLANTED)
def test_sees_a_planted_violation(
    tree: Path, capsys: pytest.CaptureFixture[str], file: str, planted: str, said: str
) -> None:
    path = tree / file if file.startswith("libs/") else tree / CANDIDATE / file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n{planted}\n")
    found = Tree(tree).broken()
    assert len(found) == 1, found
    assert said in found[0]
    assert main([str(tree)]) == 1
    assert said in capsys.readouterr().out


def test_fails_where_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
