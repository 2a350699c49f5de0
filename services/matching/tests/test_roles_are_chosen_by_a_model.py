"""A language model is asked last, chooses only among roles that are there, and is never believed beyond that (P-19)."""

from __future__ import annotations

import pytest
from blacklight_matching.roles.choosing import MOST_AN_HOUR, RoleChooser
from blacklight_matching.roles.service import Roles
from blacklight_testkit.faults import guards

from services.matching.tests.model_endpoint import Endpoint, says


@pytest.fixture
def endpoint():
    made = Endpoint()
    made.answers = [says({"same": None})]
    yield made
    made.close()


@pytest.fixture
def roles(matching, endpoint, monkeypatch):
    monkeypatch.setattr("blacklight_matching.roles.service.WORTH_ASKING", 0.3)
    return Roles(matching.database, matching.clock, RoleChooser(endpoint.model))


def test_the_role_that_the_model_chooses_gets_the_name(roles, endpoint):
    (role_id,) = roles.resolve_names(None, ["Site Reliability Engineer"])
    endpoint.answers = [says({"same": 0})]
    assert roles.resolve_names(None, ["DevOps Engineer"]) == [role_id]
    assert "DevOps Engineer" in endpoint.asked[-1]
    asked = len(endpoint.asked)
    assert roles.resolve_names(None, ["DevOps Engineer"]) == [role_id]
    assert len(endpoint.asked) == asked, "an alias now, which needs no asking"


@guards(
    "P-19",
    file="services/matching/src/blacklight_matching/roles/choosing.py",
    old="return same if type(same) is int and 0 <= same < len(roles) else None",
    new="return same",
)
@pytest.mark.parametrize(
    "said", [{"same": 7}, {"same": -1}, {"same": True}, {"same": "0"}, {"role": "Chief"}, [0], "no"]
)
def test_p19_whatever_else_it_answers_makes_the_role_that_was_asked_for(roles, endpoint, said):
    (role_id,) = roles.resolve_names(None, ["Site Reliability Engineer"])
    endpoint.answers = [says(said)]
    (other,) = roles.resolve_names(None, ["DevOps Engineer"])
    assert other != role_id
    assert roles.get_role(None, other).name == "DevOps Engineer"


def test_roles_are_settled_without_a_model_that_is_down(roles, endpoint):
    roles.resolve_names(None, ["Site Reliability Engineer"])
    endpoint.close()
    assert len(roles.resolve_names(None, ["DevOps Engineer"])) == 1


def test_asks_only_so_often(endpoint):
    chooser = RoleChooser(endpoint.model)
    for _ in range(MOST_AN_HOUR + 5):
        chooser.choose("DevOps Engineer", ["Site Reliability Engineer"])
    assert len(endpoint.asked) == MOST_AN_HOUR
