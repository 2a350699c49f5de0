"""The demo's steps, in order. Everything goes through the gateway, as it would for a customer."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from blacklight_local.demo.api import Api, CallFailed, Json
from blacklight_local.demo.material import Material, media_type

PATIENCE_SECONDS = 180.0
POLL_SECONDS = 0.2
QUIET_SECONDS = 2.5
NO_ROLES_SECONDS = 30.0
SETTLED_SECONDS = 5.0
HOSTS = ("host-a", "host-b")
Tell = Callable[[str], None]


class DemoFailed(Exception):
    """A step did not come to its end; the message says which and what is known."""


@dataclass
class Bench:
    """What the steps learn: candidate ids by résumé (its file name), and what became of each."""

    candidates: dict[str, str] = field(default_factory=dict)
    resumes: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)


def waiting(what: str) -> Iterator[float]:
    """Yields until the caller stops asking; raises DemoFailed when that lasts too long."""
    start = time.monotonic()
    while (passed := time.monotonic() - start) < PATIENCE_SECONDS:
        yield passed
        time.sleep(POLL_SECONDS)
    raise DemoFailed(f"waited {PATIENCE_SECONDS:.0f} s for {what}")


def sign_in_admin(url: str, email: str, one_time_token: str) -> Api:
    """The platform's first administrator sets a password and signs in."""
    return _set_password(Api(url), email, one_time_token)


def create_tenant(admin: Api, name: str) -> Api:
    """A recruiting company and its first administrator, signed in."""
    word = uuid4().hex[:8]
    email = f"admin-{word}@tenant.example.com"
    made = admin.post(
        "/v1/tenants",
        {
            "name": f"{name} {word}",
            "company_email": f"office-{word}@tenant.example.com",
            "admin_email": email,
            "admin_given_name": "Dana",
            "admin_family_name": "Demo",
        },
    )
    return _set_password(Api(admin.url), email, made["set_password_token"])


def _set_password(api: Api, email: str, one_time_token: str) -> Api:
    password = secrets.token_urlsafe(24)
    api.post("/v1/auth:setPassword", {"token": one_time_token, "new_password": password})
    signed_in = api.signed_in(email, password)
    api.close()
    return signed_in


def upload_resumes(api: Api, material: Material, tell: Tell) -> Bench:
    """A candidate for each file, and the file to it."""
    bench = Bench()
    for number, file in enumerate(material.resumes, 1):
        tell(f"uploading résumé {number} of {len(material.resumes)}")
        given, _, family = file.stem.replace("_", "-").partition("-")
        person = {"given_name": given.title()[:100] or "?", "family_name": family.replace("-", " ").title()[:100]}
        candidate = api.post("/v1/candidates", person)["candidate_id"]
        path = f"/v1/candidates/{candidate}/resumes"
        try:
            resume = api.upload(path, file.read_bytes(), media_type(file), file_name=file.name)
        except CallFailed as error:
            bench.failed[file.name] = str(error)
            continue
        bench.candidates[file.name] = candidate
        bench.resumes[file.name] = resume["resume_id"]
    return bench


def await_resumes(api: Api, bench: Bench, tell: Tell) -> None:
    """Returns when every résumé is read or has failed; failures are kept with their reason."""
    open_ones = dict(bench.resumes)
    for _ in waiting("the résumés to be processed"):
        for name in list(open_ones):
            path = f"/v1/candidates/{bench.candidates[name]}/resumes/{open_ones[name]}"
            resume = api.get(path)
            if resume["state"] == "RESUME_STATE_FAILED":
                bench.failed[name] = f"{resume['failure']['reason']}: {resume['failure']['message']}"
            if resume["state"] in ("RESUME_STATE_COMPLETED", "RESUME_STATE_FAILED"):
                del open_ones[name]
        tell(f"{len(bench.resumes) - len(open_ones)} of {len(bench.resumes)} résumés read")
        if not open_ones:
            return


def approve_roles(admin: Api, bench: Bench, tell: Tell) -> None:
    """Approves what the résumés bring into the queue, as it comes, until no more does."""
    last = 0.0
    for passed in waiting("roles to reach the queue"):
        for role in list(admin.pages("/v1/fleet/queue", "roles", approval="APPROVAL_PENDING")):
            admin.post(f"/v1/fleet/queue/{role['role_id']}:approve", {"priority": "PRIORITY_NORMAL"})
            bench.roles.append(role["name"])
            last = passed
        tell(f"{len(bench.roles)} roles approved")
        if bench.roles and passed - last > QUIET_SECONDS:
            return
        if not bench.roles and passed > NO_ROLES_SECONDS:
            raise DemoFailed("no résumé yielded a role, so there is nothing that hosts could search for")


@contextmanager
def fleet(
    admin: Api, address: str, material: Material, roles: Sequence[str], folder: Path, tell: Tell
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two scraper hosts with keys of their own, as processes; ended with the block."""
    platforms = material.platforms
    for number, name in enumerate(platforms):
        platform = {
            "name": name,
            "display_name": name.title(),
            "enabled": True,
            "priority": 100 - number,
            "max_in_flight": len(HOSTS),
        }
        admin.post("/v1/fleet/platforms", platform)
    folder.mkdir(parents=True, exist_ok=True)
    feed = folder / "feed.jsonl"
    material.write_feed(feed, datetime.now(UTC).date(), roles)
    hosts: list[subprocess.Popen[bytes]] = []
    try:
        for name in HOSTS:
            key = admin.post("/v1/fleet/api-keys", {"name": f"{name}-{uuid4().hex[:6]}", "platforms": platforms})
            hosts.append(_host(name, address, key["secret"], feed, folder))
        tell("two hosts at work")
        yield hosts
    finally:
        for host in hosts:
            if host.poll() is None:
                host.terminate()
        for host in hosts:
            try:
                host.wait(10)
            except subprocess.TimeoutExpired:
                host.kill()
                host.wait()


def _host(name: str, address: str, secret: str, feed: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = [
        str(Path(sys.executable).with_name("blacklight")), "fleet", "host", "--gateway", address, "--name", name,
        "--jsonl", str(feed), "--spool", str(folder / f"spool-{name}"), "--once",
    ]  # fmt: skip
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command,
            env={**os.environ, "BLACKLIGHT_SCRAPER_API_KEY": secret},
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )


def await_hosts(admin: Api, hosts: list[subprocess.Popen[bytes]], folder: Path, tell: Tell) -> list[Json]:
    """Returns the sessions when the hosts have gone and every session is finalised. Raises DemoFailed."""
    for _ in waiting("the hosts to finish"):
        sessions = list(admin.pages("/v1/fleet/sessions", "sessions"))
        runs = [run for session in sessions for run in session.get("platforms", [])]
        received = sum(run["received"] for run in runs)
        still = [session for session in sessions if session["state"] in OPEN_STATES]
        tell(f"{received} postings in {len(sessions)} sessions, {len(still)} still open")
        broken = [name for name, host in zip(HOSTS, hosts, strict=True) if host.poll() not in (None, 0)]
        if broken:
            tail = (folder / f"{broken[0]}.log").read_text(errors="replace")[-2000:]
            raise DemoFailed(f"{broken[0]} ended with an error:\n{tail}")
        if all(host.poll() == 0 for host in hosts) and not still:
            return sessions
    raise AssertionError("unreachable")


OPEN_STATES = ("SESSION_STATE_ACTIVE", "SESSION_STATE_FINISHING")


def await_matches(api: Api, bench: Bench, sessions: list[Json], tell: Tell) -> tuple[dict[str, list[Json]], float]:
    """Every candidate's matches, best first, once they no longer change.

    Also the seconds from the end of the last session, which comes with the import of its last batch, to the last change
    that was seen.
    """
    ended = max((datetime.fromisoformat(session["end_time"]) for session in sessions), default=datetime.now(UTC))
    last: dict[str, list[tuple[str, int]]] = {}
    changed = ended
    for _ in waiting("the matches to settle"):
        now = datetime.now(UTC)
        matches = {
            name: list(api.pages(f"/v1/candidates/{candidate}/matches", "matches"))
            for name, candidate in bench.candidates.items()
        }
        shape = {name: [(row["match_id"], row["score"]) for row in rows] for name, rows in matches.items()}
        tell(f"{sum(map(len, matches.values()))} matches")
        if shape != last:
            last, changed = shape, now
        elif (now - changed).total_seconds() > SETTLED_SECONDS:
            return matches, max(0.0, (changed - ended).total_seconds())
    raise AssertionError("unreachable")
