"""`make faults`: plants each fault in a copy of the project and expects its guards to turn red.

ONLY=P-31,F-08 picks faults; ARGS="--draw 10 --seed abc" draws ten, the same for the same seed. First all guards must
be green on the unchanged copy. Red is a test that fails: not one that cannot be collected or set up, nor one for which
the change is merely no program.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from blacklight_testkit.faults import BadGuard, Guard, collect
from blacklight_testkit.faults_copy import Copy, copied

GUARD_SECONDS = 600.0
GREEN_SECONDS = 3600.0
STOP_SECONDS = 60.0
NO_PROGRAM = ("ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "IndentationError", "UnboundLocalError")
_PYTEST = ("-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short")


class Run:
    """One run of pytest in the copy: its exit code, what it wrote, and how each test ended."""

    def __init__(self, copy: Copy, nodes: Sequence[str], seconds: float) -> None:
        report = copy.root / ".faults.xml"
        report.unlink(missing_ok=True)
        command = [str(copy.python), *_PYTEST, f"--junitxml={report}", *nodes]
        # Stale bytecode would hide a change made within the second.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            command, cwd=copy.root, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.code, self.output = _wait(process, seconds)
        cases = ElementTree.parse(report).iter("testcase") if report.is_file() else []
        self._cases = [case for case in cases if case.find("skipped") is None]

    def trouble(self, guard: Guard) -> str | None:
        """Why the guard is not red; None when it is."""
        if self.code == 0:
            return "stays green"
        cases = [case for case in self._cases if _is_of(case, guard)]
        failures = [failure for case in cases if (failure := case.find("failure")) is not None]
        if self.code != 1 or not cases or any(case.find("error") is not None for case in cases):
            return f"did not run to its end (pytest's status {self.code})"
        if not failures:
            return "stays green"
        why = failures[0].get("message", "").partition(":")[0]
        return f"the changed file is no program: {why}" if why in NO_PROGRAM else None


def _is_of(case: ElementTree.Element, guard: Guard) -> bool:
    place = f"{case.get('classname')}.{case.get('name', '').partition('[')[0]}"
    return place == f"{guard.path.removesuffix('.py').replace('/', '.')}.{guard.test.replace('::', '.')}"


def _wait(process: subprocess.Popen[str], seconds: float) -> tuple[int, str]:
    """Ends it when its time is up, at first so that it may stop its servers; those end with it anyway."""
    for wait, number in ((seconds, signal.SIGINT), (STOP_SECONDS, signal.SIGKILL)):
        try:
            output, _ = process.communicate(timeout=wait)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, number)
        except BaseException:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(STOP_SECONDS)
            raise
    output, _ = process.communicate()
    return process.returncode, output


def chosen(guards: Sequence[Guard], only: str, draw: int, seed: str) -> list[Guard]:
    """The guards of the faults asked for. Raises BadGuard for a fault that has none."""
    faults = list(dict.fromkeys(guard.fault for guard in guards))
    wanted = [name.strip().upper() for name in only.split(",") if name.strip()] or faults
    if missing := [fault for fault in wanted if fault not in faults]:
        raise BadGuard(f"no guard of {', '.join(missing)}; see docs/faults.md")
    if draw:
        # Text seeds are hashed by the generator itself, so the draw is the same in every process.
        wanted = random.Random(seed).sample(wanted, min(draw, len(wanted)))
    return [guard for guard in guards if guard.fault in wanted]


def plant(copy: Copy, together: Sequence[Guard]) -> bool:
    """Makes one change and runs the tests that guard against it; whether all are red."""
    guard = together[0]
    try:
        with copy.changed(guard):
            run = Run(copy, [each.node for each in together], GUARD_SECONDS)
    except BadGuard as error:
        _say(f"{guard.fault} NOT RED: {error}")
        return False
    troubles = {each: run.trouble(each) for each in together}
    for each, trouble in troubles.items():
        _say(f"{each.fault} red: {each.test} ({each.change})" if trouble is None
             else f"{each.fault} NOT RED: {each.node} {trouble} ({each.change})")  # fmt: skip
    if any(troubles.values()):
        sys.stderr.write(run.output[-4000:])
    return not any(troubles.values())


def run(project: Path, guards: Sequence[Guard]) -> bool:
    """Plants every fault, one after the other; whether all are red."""
    with copied(project) as copy:
        nodes = list(dict.fromkeys(guard.node for guard in guards))
        green = Run(copy, nodes, GREEN_SECONDS)
        if green.code != 0:
            sys.stderr.write(green.output[-8000:])
            _say("faults: their guards are not green to begin with")
            return False
        _say(f"faults: {len(nodes)} guards are green")
        red: dict[str, bool] = {}
        for _, same in groupby(guards, key=lambda guard: replace(guard, path="", test="")):
            together = list(same)
            fault = together[0].fault
            red[fault] = plant(copy, together) and red.get(fault, True)
    _say(f"faults: {sum(red.values())} of {len(red)} red")
    return all(red.values())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """0 when every fault asked for turns its guards red."""
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--only", default="", help="faults, separated by commas")
    parser.add_argument("--draw", type=int, default=0, help="so many, drawn")
    parser.add_argument("--seed", default="", help="decides what is drawn, e.g. the commit's hash")
    asked = parser.parse_args(arguments)
    project = Path.cwd()
    try:
        guards = chosen(collect(project), asked.only, asked.draw, asked.seed)
    except BadGuard as error:
        _say(f"faults: {error}")
        return 1
    if not guards:
        _say("faults: there are no guards")
        return 1
    # Guards of one change stand together, so that it is made once.
    guards.sort(key=lambda guard: (guard.fault[0] != "P", int(guard.fault[2:]), guard.file, guard.old, guard.new))
    return 0 if run(project, guards) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
