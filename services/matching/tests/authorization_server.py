"""A small authorisation server of its own process: `python authorization_server.py ADDRESS_FILE`.

It keeps to RFC 6749, 7636 (S256 only), 7009 and 7662 as far as providers of mailboxes do: codes serve once, the
verifier must fit, refresh tokens rotate, and what is revoked is refused.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET = "blacklight-test", "client-secret"


class State:
    """What the server remembers; `life` is that of access tokens in seconds, `trouble` a status to answer with."""

    codes: dict[str, dict[str, str]] = {}  # noqa: RUF012
    access: dict[str, str] = {}  # noqa: RUF012
    refresh: dict[str, str] = {}  # noqa: RUF012
    counts = {"exchanged": 0, "refreshed": 0, "revoked": 0}  # noqa: RUF012
    life = 3600
    trouble = 0


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """The page where a person allows the access at once, and what others may ask."""
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/authorize":
            self._authorize(asked)
        elif url.path == "/introspect":
            user = State.access.get(asked.get("token", ""))
            self._answer(200, {"active": "true", "email": user} if user else {"active": "false"})
        elif url.path == "/counts":
            self._answer(200, State.counts)
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        """Tokens, and what the test sets."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        path = urlsplit(self.path).path
        if path == "/set":
            State.life, State.trouble = int(given.get("life", State.life)), int(given.get("trouble", State.trouble))
            if "forget" in given:
                State.access.clear()
                State.refresh.clear()
            self._answer(200, {})
        elif State.trouble:
            self._answer(State.trouble, {"error": "temporarily_unavailable"})
        elif (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            self._answer(401, {"error": "invalid_client"})
        elif path == "/revoke":
            State.counts["revoked"] += State.refresh.pop(given["token"], None) is not None
            self._answer(200, {})
        elif given.get("grant_type") == "authorization_code":
            self._exchange(given)
        else:
            self._refresh(given)

    def _authorize(self, asked: dict[str, str]) -> None:
        if asked.get("client_id") != CLIENT_ID or asked.get("code_challenge_method") != "S256":
            self._answer(400, {"error": "invalid_request"})
            return
        code = secrets.token_urlsafe(16)
        State.codes[code] = asked
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        self.send_response(302)
        self.send_header("Location", back)
        self.end_headers()

    def _exchange(self, given: dict[str, str]) -> None:
        asked = State.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        fits = asked is not None and asked["code_challenge"] == challenge
        if asked is None or not fits or asked["redirect_uri"] != given.get("redirect_uri"):
            self._answer(400, {"error": "invalid_grant"})
            return
        State.counts["exchanged"] += 1
        self._give(asked["login_hint"])

    def _refresh(self, given: dict[str, str]) -> None:
        user = State.refresh.pop(given.get("refresh_token", ""), None)
        if user is None:
            self._answer(400, {"error": "invalid_grant"})
            return
        State.counts["refreshed"] += 1
        self._give(user)

    def _give(self, user: str) -> None:
        access, again = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        State.access[access], State.refresh[again] = user, user
        self._answer(200, {"access_token": access, "refresh_token": again, "expires_in": State.life})

    def _answer(self, code: int, content: dict[str, Any]) -> None:
        raw = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class AuthorizationServer:
    """The running process, as tests see it."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    def set(self, **values: object) -> None:
        """Sets `life`, `trouble` or `forget`."""
        urllib.request.urlopen(f"{self.url}/set", urlencode(values).encode(), 5).read()

    def counts(self) -> dict[str, int]:
        """How often what was done."""
        with urllib.request.urlopen(f"{self.url}/counts", timeout=5) as answer:
            found: dict[str, int] = json.loads(answer.read())
        return found

    def allow(self, url: str) -> dict[str, str]:
        """The person allows the access at the address: what the browser is sent back with."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args: Any) -> None:
                return None

        try:
            urllib.request.build_opener(Stay).open(url, timeout=5)
        except urllib.error.HTTPError as answer:
            there = urlsplit(answer.headers["Location"])
            return {name: values[0] for name, values in parse_qs(there.query).items()}
        raise AssertionError("the server did not send the browser back")


@contextlib.contextmanager
def running(folder: Path) -> Iterator[AuthorizationServer]:
    """The server in a process of its own, until the end."""
    told = folder / "authorization-server"
    process = subprocess.Popen([sys.executable, __file__, str(told)])
    try:
        end = time.monotonic() + 20
        while not told.exists() or not told.read_text():
            assert process.poll() is None, "the authorisation server ended"
            assert time.monotonic() < end, "the authorisation server did not start"
            time.sleep(0.02)
        yield AuthorizationServer(told.read_text())
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Path(sys.argv[1]).write_text(f"127.0.0.1:{server.server_address[1]}")
    server.serve_forever()
