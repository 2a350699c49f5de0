"""A stack for as long as a `with` block lasts: what `up`, the demo and tests build on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from blacklight_local.data_folder import DataFolder
from blacklight_local.display import Display, NoDisplay
from blacklight_local.keeper import Keeper
from blacklight_local.leftovers import end_leftovers
from blacklight_local.report import Reporter
from blacklight_local.servers import ServerFailed
from blacklight_local.stack import Options, Stack
from blacklight_local.state import Lock, StackState, remove_state

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class RunningStack:
    """A stack that is ready. `seconds` is how long the start took."""

    data: DataFolder
    stack: Stack
    state: StackState
    seconds: float

    @property
    def gateway_url(self) -> str:
        """The address of the REST API and of the fleet's gRPC streams, without a slash at the end."""
        return self.stack.urls["gateway"]

    @property
    def gateway_address(self) -> str:
        """The same as `host:port`, for gRPC clients."""
        return self.stack.ports["gateway"].address

    def create_admin(self, email: str) -> str:
        """Make a platform admin; returns the one-time token with which to set the password."""
        return create_admin(email, self.stack.environments.run("auth"))


def create_admin(email: str, env: dict[str, str]) -> str:
    """Make a platform admin with auth's own command; returns the one-time set-password token."""
    argv = [sys.executable, "-m", "blacklight_auth", "create-admin", "--email", email]
    answer = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ServerFailed(f"no admin was made: {answer.stderr.strip() or answer.stdout.strip()}")
    return answer.stdout.strip().splitlines()[-1]


@contextmanager
def running_stack(
    data: DataFolder, options: Options | None = None, display: Display | None = None
) -> Iterator[RunningStack]:
    """Start the stack, yield it, stop it however the block ends; no process is left behind.

    In the main thread SIGTERM and SIGHUP end the block as Ctrl-C does, by KeyboardInterrupt; while stopping
    all three are ignored. Raises AlreadyRunning, DataFolderUnusable, ServerFailed.
    """
    data.prepare()
    lock = Lock(data.lock)
    try:
        end_leftovers(data)
        data.rotate_logs()
        state = StackState(supervisor=os.getpid())
        reporter = Reporter(data, state, NoDisplay())
        stack = Stack(data, options or Options(), reporter.event)
        with _signals_end_the_block():
            yield from _started(data, stack, reporter, display or NoDisplay())
    finally:
        lock.release()


def _started(data: DataFolder, stack: Stack, reporter: Reporter, display: Display) -> Iterator[RunningStack]:
    reporter.state.notices = stack.notices
    reporter.state.urls = stack.urls
    keeper = Keeper(stack.fleet)
    try:
        with reporter.showing_on(display):
            reporter.expect(list(stack.fleet.components.values()))
            seconds = stack.start()
            reporter.phase("ready", seconds=seconds)
        keeper.start()
        yield RunningStack(data, stack, reporter.state, seconds)
    except ServerFailed as error:
        reporter.phase("failed", error=str(error))
        raise
    finally:
        _ignore_signals()
        keeper.stop()
        failed = reporter.state.phase == "failed"
        with reporter.showing_on(NoDisplay() if failed else display):
            if not failed:
                reporter.phase("stopping")
            stack.stop()
        if not failed:
            remove_state(data)


@contextmanager
def _signals_end_the_block() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """A second Ctrl-C must not cut the stopping short: processes would be killed instead of stopped."""
    if threading.current_thread() is threading.main_thread():
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def wait_for_ever() -> None:
    """Until a signal ends it."""
    while True:
        time.sleep(3600)
