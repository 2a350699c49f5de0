"""`blacklight demo`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click
from rich.console import Console
from rich.status import Status

from blacklight_local.data_folder import DataFolder
from blacklight_local.demo import checks, material, report, steps
from blacklight_local.demo.api import Api, CallFailed, Json
from blacklight_local.demo.steps import Bench, DemoFailed, Tell
from blacklight_local.display import suitable
from blacklight_local.running import RunningStack, running_stack, wait_for_ever
from blacklight_local.servers import ServerFailed
from blacklight_local.stack import Options
from blacklight_local.state import is_running

PREFIX = "blacklight-demo-"
OWN_DATA = Path(__file__).resolve().parents[3] / "demo"


@click.command()
@click.option("--once", is_flag=True, help="End after the report instead of serving on.")
@click.option("--resumes", type=click.Path(path_type=Path), metavar="DIR", help="Your own résumés (.pdf, .docx).")
@click.option("--postings", type=click.Path(path_type=Path), metavar="FILE", help="Your own postings (JSON lines).")
@click.option("--port", default=8080, show_default=True, help="The gateway's port.")
def demo(once: bool, resumes: Path | None, postings: Path | None, port: int) -> None:
    """Start the stack, do the platform's main job on real files, and print the ranked matches.

    Works on its own data unless --resumes and --postings name others. Keeps nothing: the data is removed at the end.
    """
    if (resumes is None) != (postings is None):
        raise click.UsageError("--resumes and --postings go together")
    began = time.monotonic()
    console = Console(width=None if Console().is_terminal else 120)
    try:
        work = material.given(resumes, postings) if resumes and postings else material.own(OWN_DATA)
        _sweep()
        with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
            Path(folder).chmod(0o711)
            _demo(console, work, Path(folder), Options(gateway_port=port), began, once)
    except (material.BadMaterial, ServerFailed, CallFailed, DemoFailed) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        console.print("stopped")


def _demo(console: Console, work: material.Material, folder: Path, options: Options, began: float, once: bool) -> None:
    with running_stack(DataFolder(folder / "stack"), options, suitable()) as running:
        console.print(f"the stack is up at {running.gateway_url} after {time.monotonic() - began:.1f} s")
        token, problems = Run(console, work, folder, running, began).all()
        for problem in problems:
            console.print(f"[red]not as expected:[/red] {problem}", highlight=False)
        if problems:
            raise DemoFailed(f"{len(problems)} of the demo's checks failed")
        if not once:
            click.echo(f"gateway: {running.gateway_url}")
            click.echo(
                f"try: curl -H 'Authorization: Bearer {token}' '{running.gateway_url}/v1/candidates?page_size=3'"
            )
            click.echo("serving until Ctrl-C")
            wait_for_ever()


def _sweep() -> None:
    """Removes the folders of demos that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        data = DataFolder(folder / "stack")
        # Without a lock file it is one that is just starting, or not ours.
        if folder.stat().st_uid == os.getuid() and data.lock.exists() and not is_running(data):
            shutil.rmtree(folder, ignore_errors=True)


class Run:
    """One run of the demo on a running stack."""

    def __init__(
        self, console: Console, work: material.Material, folder: Path, running: RunningStack, began: float
    ) -> None:
        self._console = console
        self._work = work
        self._folder = folder
        self._running = running
        self._began = began

    def all(self) -> tuple[str, list[str]]:
        """Runs every step and prints the report; returns a token for the reader, and what was not as expected."""
        with self._step("signing in") as tell:
            email = f"platform-{uuid4().hex[:8]}@example.com"
            one_time = self._running.create_admin(email)
            admin = steps.sign_in_admin(self._running.gateway_url, email, one_time)
            api = steps.create_tenant(admin, "Northlight Staffing")
            tell("a tenant and its administrator")
        with self._step("résumés") as tell:
            bench = steps.upload_resumes(api, self._work, tell)
            steps.await_resumes(api, bench, tell)
        with self._step("roles") as tell:
            steps.approve_roles(admin, bench, tell)
        with (
            self._step("postings") as tell,
            steps.fleet(
                admin, self._running.gateway_address, self._work, bench.roles, self._folder / "fleet", tell
            ) as hosts,
        ):
            first = self._await_first(api, bench, hosts)
            sessions = steps.await_hosts(admin, hosts, self._folder / "fleet", tell)
        with self._step("matches") as tell:
            matches, settled = steps.await_matches(api, bench, sessions, tell)
        return api.token, self._report(api, bench, sessions, matches, first, settled)

    def _await_first(self, api: Api, bench: Bench, hosts: list[subprocess.Popen[bytes]]) -> float | None:
        """Seconds from the demo's start to the first ranked match; None when the hosts end before there is one."""
        for _ in steps.waiting("the first match"):
            for candidate in bench.candidates.values():
                if api.get(f"/v1/candidates/{candidate}/matches", page_size=1).get("matches"):
                    return time.monotonic() - self._began
            if all(host.poll() is not None for host in hosts):
                return None
        raise AssertionError("unreachable")

    def _report(
        self,
        api: Api,
        bench: Bench,
        sessions: list[Json],
        matches: dict[str, list[Json]],
        first: float | None,
        settled: float,
    ) -> list[str]:
        work, own = self._work, bool(self._work.expected.people)
        unread = [f"{name} was not read: {reason}" for name, reason in bench.failed.items()]
        problems = unread if own else []
        for line in [] if own else unread:
            self._console.print(line, highlight=False)
        postings = list(api.pages("/v1/postings", "postings"))
        runs = [run for session in sessions for run in session["platforms"]]
        received = sum(run["received"] for run in runs)
        checks.check_sessions(sessions, problems)
        planted = checks.recognised_duplicates(work, postings, problems)
        checks.check_complete(work, bench, received, postings, problems)
        checks.check_distinct(work, postings, problems)
        checks.check_people(work, matches, postings, problems)
        ranked = sorted((name for name in matches if matches[name]), key=lambda name: -len(matches[name]))
        shown = list(work.expected.reported) or ranked[:3]
        for name in shown:
            self._console.print()
            report.print_matches(self._console, _name_of(matches, name), matches[name])
        if shown:
            self._explain(api, matches, postings, shown, problems)
            self._shortlist(api, matches, shown, problems)
        stored = sum(map(len, matches.values()))
        if own and not stored:
            problems.append("there is no match")
        repeated = planted or sum(run["duplicate"] + run["refreshed"] for run in runs)
        self._console.print(f"roles approved: {', '.join(sorted(bench.roles))}")
        self._console.print(f"matches were complete {settled:.1f} s after the last session was final")
        read = sum(name not in bench.failed for name in bench.resumes)
        verdict = "demo ok" if not problems else "demo failed"
        click.echo(
            f"{verdict}: {read} resumes, {received} postings "
            f"({repeated} duplicates), {stored} matches, {_first_words(first, stored)}"
        )
        return problems

    def _explain(
        self,
        api: Api,
        matches: dict[str, list[Json]],
        postings: list[Json],
        shown: list[str],
        problems: list[str],
    ) -> None:
        name, chosen = shown[0], matches[shown[0]][:1]
        if self._work.expected.explained:
            name, key = self._work.expected.explained
            url = self._work.url_of(key)
            wanted = {posting["posting_id"] for posting in postings if posting["url"] == url}
            chosen = [match for match in matches[name] if match["posting_id"] in wanted] or matches[name][:1]
        for match in chosen:
            explanation = api.get(f"/v1/matches/{match['match_id']}:explain")
            checks.check_sum(match, explanation, problems)
            report.print_explanation(self._console, explanation)

    def _shortlist(self, api: Api, matches: dict[str, list[Json]], shown: list[str], problems: list[str]) -> None:
        for match in matches[shown[0]][:1]:
            after = api.post(f"/v1/matches/{match['match_id']}:shortlist", {"etag": match["etag"]})
            if after["state"] != "MATCH_STATE_SHORTLISTED":
                problems.append(f"the match was shortlisted and is {after['state']}")
            self._console.print(f"shortlisted over REST: {match['posting_title']} · {match['posting_company']}")

    @contextmanager
    def _step(self, name: str) -> Iterator[Tell]:
        """A live line while the step runs, and one that stays when it is done."""
        began, last = time.monotonic(), ""

        def tell(text: str) -> None:
            nonlocal last
            last = text
            status.update(f"{name}: {text}")

        with Status(name, console=self._console) as status:
            yield tell
        self._console.print(f"{name}: {last} [dim]({time.monotonic() - began:.1f} s)[/dim]", highlight=False)


def _first_words(first: float | None, stored: int) -> str:
    if first is None:
        return "first match after the hosts had gone" if stored else "no match"
    return f"first match after {first:.1f} s"


def _name_of(matches: dict[str, list[Json]], name: str) -> str:
    rows = matches[name]
    return str(rows[0]["candidate_name"]) if rows else name


commands = [demo]
