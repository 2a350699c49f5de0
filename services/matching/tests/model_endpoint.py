"""A real HTTP server in the place of a language model, for whatever asks one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from blacklight_matching.language_model import ChatModel

KEY = "made-up-key"


class Endpoint:
    """A server that speaks chat completions as far as the adapter needs it; it gives its answers in turn."""

    def __init__(self) -> None:
        self.answers: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                endpoint.requests.append(json.loads(body) | {"path": self.path})
                endpoint.keys.append(self.headers.get("authorization"))
                answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
                answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.released = threading.Event()

    @property
    def asked(self) -> list[str]:
        """What was asked each time, without the instructions."""
        return [request["messages"][1]["content"] for request in self.requests]

    @property
    def model(self) -> ChatModel:
        """The adapter that asks here."""
        return ChatModel(f"http://127.0.0.1:{self._server.server_address[1]}/v1/", "small", KEY)

    def close(self) -> None:
        """Ends it, with whatever waits for `released`."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def says(content: Any, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of the model: a text, or a value as JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    return raw(json.dumps({"choices": [{"message": {"content": text}}]}).encode(), status)


def raw(body: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of these bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-length", str(len(body)))
        if status == 302:
            handler.send_header("location", "http://127.0.0.1:9/")
        handler.end_headers()
        handler.wfile.write(body)

    return answer
