"""The whole stack, once for a test session: real servers, real services, one gateway; and those who use it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import grpc
import httpx
import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1.fleet_service_pb2_grpc import FleetServiceStub
from blacklight_local.data_folder import DataFolder
from blacklight_local.demo.api import Api, Json
from blacklight_local.demo.material import media_type
from blacklight_local.demo.steps import create_tenant, sign_in_admin
from blacklight_local.running import RunningStack, running_stack
from blacklight_local.stack import Options

RESUMES = Path(__file__).resolve().parents[2] / "deploy/local/demo/resumes"
PATIENCE_SECONDS = 90.0
ENDED = ("SESSION_STATE_COMPLETED", "SESSION_STATE_FAILED", "SESSION_STATE_TIMED_OUT")
# Cheap passwords, and batches so small that a stream has many of them.
SETTINGS = {"BLACKLIGHT_BCRYPT_ROUNDS": "4", "BLACKLIGHT_SCRAPER_MAX_BATCH_POSTINGS": "20"}
Answer = TypeVar("Answer")


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    with tempfile.TemporaryDirectory(prefix="bl-e2e-") as folder, contextlib.ExitStack() as kept:
        os.chmod(folder, 0o711)
        options = Options(any_ports=True, temporal_pages=False)
        # Only while the stack starts: other tests of this process read settings as well.
        with pytest.MonkeyPatch.context() as environment:
            for name, value in SETTINGS.items():
                environment.setenv(name, value)
            running = kept.enter_context(running_stack(DataFolder(Path(folder) / "data"), options))
        yield running


@pytest.fixture(scope="session")
def admin(stack: RunningStack) -> Iterator[Api]:
    """An administrator of the platform, signed in."""
    email = f"admin-{uuid4().hex[:8]}@platform.example.com"
    api = sign_in_admin(stack.gateway_url, email, stack.create_admin(email))
    yield api
    api.close()


@dataclass(frozen=True)
class Tenant:
    """A recruiting company through its administrator: the demo's client, and a bare one for what must fail."""

    api: Api
    http: httpx.Client


@pytest.fixture(scope="session")
def make_tenant(admin: Api) -> Iterator[Callable[[], Tenant]]:
    """`make_tenant()`: a recruiting company that nobody else uses."""
    made: list[Tenant] = []

    def make(name: str = "Harbour Staffing") -> Tenant:
        api = create_tenant(admin, name)
        headers = {"authorization": f"Bearer {api.token}"}
        made.append(Tenant(api, httpx.Client(base_url=api.url, headers=headers, timeout=60)))
        return made[-1]

    yield make
    for tenant in made:
        tenant.api.close()
        tenant.http.close()


@pytest.fixture(scope="session")
def tenant(make_tenant: Callable[[], Tenant]) -> Tenant:
    """A recruiting company for every test that does not look at all it has."""
    return make_tenant()


def _until(
    look: Callable[[], Answer | None], what: str, seconds: float = PATIENCE_SECONDS, pause: float = 0.1
) -> Answer:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(pause)
    return found


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """`until(look, what)`: the first answer that is true; asked ten times a second unless told otherwise."""
    return _until


def _upload(api: Api, file: Path) -> tuple[str, str]:
    candidate = api.post("/v1/candidates", {"given_name": "Rowan"})["candidate_id"]
    path = f"/v1/candidates/{candidate}/resumes"
    return candidate, api.upload(path, file.read_bytes(), media_type(file), file_name=file.name)["resume_id"]


@pytest.fixture(scope="session")
def upload() -> Callable[[Api, Sequence[Path]], list[tuple[str, str]]]:
    """`upload(api, files)`: a candidate for each file, four at a time; ids of candidate and résumé."""

    def upload_all(api: Api, files: Sequence[Path]) -> list[tuple[str, str]]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda file: _upload(api, file), files))

    return upload_all


class HostStream:
    """A host's stream through the gateway, message by message, on a connection of its own."""

    def __init__(self, address: str, secret: str | None) -> None:
        self._outgoing: queue.Queue[pb.ConnectRequest | None] = queue.Queue()
        self._channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        metadata = () if secret is None else (("x-scraper-api-key", secret),)
        messages = iter(self._outgoing.get, None)
        self.call = FleetServiceStub(self._channel).Connect(messages, metadata=metadata, timeout=PATIENCE_SECONDS)

    def send(self, message: pb.ConnectRequest) -> None:
        self._outgoing.put(message)

    def receive(self) -> pb.ConnectResponse:
        """The next answer; what is pushed in between answers nothing."""
        while (answer := next(self.call)).WhichOneof("message") in ("credits", "directive"):
            pass
        return answer

    def ask(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        self.send(message)
        return self.receive()

    def hello(self, host_name: str = "host-1") -> pb.Welcome:
        return self.ask(pb.ConnectRequest(hello=pb.Hello(host_name=host_name, agent_version="1"))).welcome

    def claim(self) -> pb.Assignment:
        answer = self.ask(pb.ConnectRequest(claim=pb.Claim(claim_id=str(uuid4()))))
        assert answer.HasField("assignments"), answer
        return answer.assignments.assignments[0]

    def finish(self, assignment: pb.Assignment, outcome: int = 2) -> pb.FinishAcknowledgement:
        """Reports every platform, as completed unless told otherwise, and finishes."""
        held = {"session_id": assignment.session_id, "fencing_token": assignment.fencing_token}
        for platform in assignment.platforms:
            report = pb.PlatformReport(**held, platform=platform, outcome=outcome)  # type: ignore[arg-type]
            assert self.ask(pb.ConnectRequest(report=report)).report.platform == platform
        answer = self.ask(pb.ConnectRequest(finish=pb.FinishSession(**held)))  # type: ignore[arg-type]
        assert answer.HasField("finish"), answer
        return answer.finish

    def close(self) -> None:
        """Breaks the connection; answers under way are not waited for."""
        self._outgoing.put(None)
        self._channel.close()


@dataclass(frozen=True)
class Key:
    """An API key and the one board it is for, which nobody else works."""

    api_key_id: str
    secret: str
    platform: str


@dataclass
class Fleet:
    """What hosts need: the approved role, boards and keys, streams; and what administrators see of it."""

    address: str
    admin: Api
    reader: Api
    role_name: str
    streams: list[HostStream] = field(default_factory=list)
    hosts: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def key(self) -> Key:
        """A key for a new board, on which the role is free."""
        name = f"board_{uuid4().hex[:12]}"
        platform = {"name": name, "display_name": name, "enabled": True, "priority": 100, "max_in_flight": 8}
        self.admin.post("/v1/fleet/platforms", platform)
        made = self.admin.post("/v1/fleet/api-keys", {"name": name, "platforms": [name]})
        return Key(made["api_key"]["api_key_id"], made["secret"], name)

    def connect(self, secret: str | None, *, address: str = "") -> HostStream:
        self.streams.append(HostStream(address or self.address, secret))
        return self.streams[-1]

    def at_work(self, key: Key) -> tuple[HostStream, pb.Assignment]:
        """A stream that has claimed the role."""
        stream = self.connect(key.secret)
        stream.hello()
        return stream, stream.claim()

    def session(self, session_id: str) -> Json:
        return self.admin.get(f"/v1/fleet/sessions/{session_id}")

    def ended(self, session_id: str) -> Json:
        """The session, once it is final."""

        def look() -> Json | None:
            found = self.session(session_id)
            return found if found["state"] in ENDED else None

        return _until(look, "the session to end")

    def session_of(self, key: Key) -> str:
        """The id of the one session of a key."""
        sessions = self.admin.pages("/v1/fleet/sessions", "sessions")
        [found] = [session["session_id"] for session in sessions if session["api_key_id"] == key.api_key_id]
        return str(found)

    def write_feed(self, folder: Path, key: Key, drafts: Sequence[PostingDraft]) -> None:
        """What a host process reads: a line for each posting."""
        with (folder / "feed.jsonl").open("w") as feed:
            for posting in drafts:
                said = {one.name: value for one, value in posting.ListFields()}
                feed.write(json.dumps({**said, "platform": key.platform, "role_hint": self.role_name}) + "\n")

    def start_host(self, key: Key, folder: Path) -> subprocess.Popen[bytes]:
        """The host as a process, with its feed, spool and `host.log` in a folder."""
        command = [str(Path(sys.executable).with_name("blacklight")), "fleet", "host", "--gateway", self.address]
        command += ["--name", "h", "--jsonl", str(folder / "feed.jsonl"), "--spool", str(folder / "spool"), "--once"]
        environment = {**os.environ, "BLACKLIGHT_SCRAPER_API_KEY": key.secret}
        with (folder / "host.log").open("ab") as log:
            host = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.hosts.append(host)
        return host

    @staticmethod
    def await_batches(host: subprocess.Popen[bytes], folder: Path, number: int) -> None:
        """Until the host's log tells of so many batches; it must still be at work then."""
        log = folder / "host.log"
        _until(lambda: log.read_text().count("taken") >= number or host.poll() is not None, "batches", pause=0.01)
        assert host.poll() is None, log.read_text()

    def close(self) -> None:
        """Ends what is left open."""
        for stream in self.streams:
            stream.close()
        for host in self.hosts:
            host.kill()
            host.wait()

    def postings(self, platform: str) -> list[Json]:
        """Every posting of a board, as a tenant sees them."""
        return list(self.reader.pages("/v1/postings", "postings", platform=platform))


@pytest.fixture(scope="session")
def approved_role(admin: Api, make_tenant: Callable[[], Tenant]) -> tuple[str, Api]:
    """A role in the queue, brought there by a résumé and approved; its name, and the tenant that brought it."""
    api = make_tenant().api
    _upload(api, RESUMES / "anika-varma.pdf")
    # Only what is named here may be claimed: other tests' résumés bring roles too.
    waiting = {"approval": "APPROVAL_PENDING", "page_size": 200}

    def java() -> Json | None:
        roles = admin.get("/v1/fleet/queue", **waiting).get("roles", [])
        return next((role for role in roles if role["name"] == "Java Developer"), None)

    role = _until(java, "the role to reach the queue")
    admin.post(f"/v1/fleet/queue/{role['role_id']}:approve", {"priority": "PRIORITY_NORMAL"})
    return role["name"], api


@pytest.fixture(scope="session")
def fleet(stack: RunningStack, admin: Api, approved_role: tuple[str, Api]) -> Iterator[Fleet]:
    name, reader = approved_role
    made = Fleet(stack.gateway_address, admin, reader, name)
    yield made
    made.close()


@pytest.fixture(scope="session")
def draft() -> Callable[..., PostingDraft]:
    """`draft(key, number, **changes)`: a posting of the key's board unlike any other, but for the changes."""

    def make(key: Key, number: int, **changes: Any) -> PostingDraft:
        given = {
            "platform_job_id": f"{key.platform}-{number}",
            "title": "Java Developer",
            "company": f"Harbour {key.platform} {number}",
            "location": "Dallas, TX",
            "description": f"Builds payment services in Java and Spring on Kafka, team {key.platform} {number}.",
            "url": f"https://{key.platform.replace('_', '-')}.example/jobs/{number}",
        }
        return PostingDraft(**{**given, **changes})

    return make


@pytest.fixture(scope="session")
def batch() -> Callable[..., pb.ConnectRequest]:
    """`batch(assignment, sequence, postings, **changes)`: a batch as a message."""

    def make(
        assignment: pb.Assignment, sequence: int, postings: Sequence[PostingDraft], /, **changes: Any
    ) -> pb.ConnectRequest:
        payload = PostingDrafts(postings=postings).SerializeToString()
        given = {
            "session_id": assignment.session_id,
            "fencing_token": assignment.fencing_token,
            "sequence": sequence,
            "platform": assignment.platforms[0],
            "drafts": payload,
            "sha256": hashlib.sha256(payload).digest(),
        }
        return pb.ConnectRequest(batch=pb.PostingBatch(**{**given, **changes}))

    return make
