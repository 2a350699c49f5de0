"""A language model is asked last, chooses only among roles that are there, and is never believed beyond that (P-19)."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from blacklight_matching.language_model import ChatModel
from blacklight_matching.roles.choosing import MOST_AN_HOUR, RoleChooser
from blacklight_matching.roles.service import Roles
from blacklight_testkit.faults import guards


class Endpoint:
    """Chat completions over HTTP: answers what it is given, and keeps what it was asked."""

    def __init__(self) -> None:
        self.says: object = {"same": None}
        self.asked: list[str] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.asked.append(body["messages"][1]["content"])
                content = json.dumps({"choices": [{"message": {"content": json.dumps(endpoint.says)}}]}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def model(self) -> ChatModel:
        return ChatModel(f"http://127.0.0.1:{self.server.server_port}", "small")


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.server.shutdown()


@pytest.fixture
def roles(matching, endpoint, monkeypatch):
    monkeypatch.setattr("blacklight_matching.roles.service.WORTH_ASKING", 0.3)
    return Roles(matching.database, matching.clock, RoleChooser(endpoint.model))


def test_the_role_that_the_model_chooses_gets_the_name(roles, endpoint):
    (role_id,) = roles.resolve_names(None, ["Site Reliability Engineer"])
    endpoint.says = {"same": 0}
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
    "says", [{"same": 7}, {"same": -1}, {"same": True}, {"same": "0"}, {"role": "Chief"}, [0], "no"]
)
def test_p19_whatever_else_it_answers_makes_the_role_that_was_asked_for(roles, endpoint, says):
    (role_id,) = roles.resolve_names(None, ["Site Reliability Engineer"])
    endpoint.says = says
    (other,) = roles.resolve_names(None, ["DevOps Engineer"])
    assert other != role_id
    assert roles.get_role(None, other).name == "DevOps Engineer"


def test_roles_are_settled_without_a_model_that_is_down(roles, endpoint):
    roles.resolve_names(None, ["Site Reliability Engineer"])
    endpoint.server.shutdown()
    endpoint.server.server_close()
    assert len(roles.resolve_names(None, ["DevOps Engineer"])) == 1


def test_asks_only_so_often(endpoint):
    chooser = RoleChooser(endpoint.model)
    for _ in range(MOST_AN_HOUR + 5):
        chooser.choose("DevOps Engineer", ["Site Reliability Engineer"])
    assert len(endpoint.asked) == MOST_AN_HOUR
