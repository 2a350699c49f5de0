"""A Python process that has imported what all our services import, and becomes any of them by forking.

Started as `python -u -P -m blacklight_local.servers.fork_server MODULE...` with a socket as its standard
input; see `preloaded.py` for the other end. It has a single thread, so forking is safe. A child does what
`python -m module arguments` does, without the second of imports and with most of its memory shared.

A request is one packet, a JSON object, with the log file's descriptor: {"id", "module", "arguments", "env",
"cwd", "name", "death_signal"}. Answers: {"ready"}, {"started": id, "pid"}, {"ended": pid, "status"}.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_LARGEST_REQUEST = 2**20


def main(modules: list[str]) -> None:
    """Import, then serve requests; returns only in a child, which then runs its module."""
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, every shared page
    connection = socket.socket(fileno=os.dup(0))
    server = os.getpid()
    request, log = _serve(connection)
    _become(request, log, server)
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _serve(connection: socket.socket) -> tuple[dict[str, Any], int]:
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    _send(connection, {"ready": True})
    watched: list[socket.socket | int] = [connection, wake_read]
    while True:
        readable, _, _ = select.select(watched, [], [])
        if wake_read in readable:
            os.read(wake_read, 4096)
            _tell_who_ended(connection)
        if connection in readable:
            packet, descriptors, _, _ = socket.recv_fds(connection, _LARGEST_REQUEST, 1)
            if not packet:
                sys.exit(0)
            request = json.loads(packet)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for descriptor in (wake_read, wake_write):
                    os.close(descriptor)
                connection.close()
                return request, descriptors[0]
            os.close(descriptors[0])
            _send(connection, {"started": request["id"], "pid": pid})


def _tell_who_ended(connection: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _send(connection, {"ended": pid, "status": os.waitstatus_to_exitcode(status)})


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    connection.send(json.dumps(message).encode())


def _become(request: dict[str, Any], log: int, server: int) -> None:
    """Take on the session, signals, files, environment and arguments of the process asked for."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, int(request["death_signal"]), 0, 0, 0)
    libc.prctl(_PR_SET_NAME, request["name"].encode(), 0, 0, 0)
    if os.getppid() != server:  # it died before the request for a signal: none would ever come
        os._exit(127)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for descriptor in (nothing, log):
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = [request["module"], *request["arguments"]]


if __name__ == "__main__":
    main(sys.argv[1:])
