"""A REST client of the gateway, as anybody would write one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx

Json = dict[str, Any]
UNAVAILABLE = 503
PATIENCE_SECONDS = 20.0


class CallFailed(Exception):
    """The API refused a call; the message is the API's own."""


class Api:
    """Calls with one access token, or none."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=60)

    def signed_in(self, email: str, password: str) -> Api:
        """The same API as this account."""
        pair = self.post("/v1/auth:login", {"email": email, "password": password})
        api = Api(self.url, pair["access_token"])
        api.until_known()
        return api

    def until_known(self) -> None:
        """Waits for the gateway to know the keys that tokens are signed with (a second, after its start)."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._client.get("/v1/me").status_code != 200:
            if time.monotonic() > end:
                self.get("/v1/me")
            time.sleep(0.1)

    def get(self, path: str, **query: Any) -> Json:
        """GET."""
        return self._answer(lambda: self._client.get(path, params=query))

    def post(self, path: str, body: Json | None = None) -> Json:
        """POST with JSON."""
        return self._answer(lambda: self._client.post(path, json=body or {}))

    def upload(self, path: str, data: bytes, media_type: str, **query: Any) -> Json:
        """POST with a raw body."""
        headers = {"content-type": media_type}
        return self._answer(lambda: self._client.post(path, content=data, headers=headers, params=query))

    def pages(self, path: str, rows: str, **query: Any) -> Iterator[Json]:
        """Every row of a list."""
        token = ""
        while True:
            page = self.get(path, page_size=200, page_token=token, **query)
            yield from page.get(rows, [])
            token = page.get("next_page_token", "")
            if not token:
                return

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _answer(self, send: Any) -> Json:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer: httpx.Response = send()
            if answer.status_code != UNAVAILABLE or time.monotonic() > end:
                break
            time.sleep(0.2)
        if answer.is_success:
            body: Json = answer.json()
            return body
        try:
            said = answer.json()["message"]
        except (ValueError, KeyError):
            said = answer.text[:200]
        raise CallFailed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {said}")
