"""How fast is this machine just now, beside the one the limits were set on? 1.0 = as fast, 2.0 = takes twice as long.

A fixed loop of numpy and of Python, and a gRPC echo, timed in the run that uses the figure.
"""

from __future__ import annotations

import math
import time
from concurrent import futures

import grpc
import numpy as np

# Seconds of the three loops on the reference machine (2 cores), the best of five runs.
REFERENCE = {"numpy": 0.0965, "python": 0.0360, "echo": 0.1800}


def _numpy() -> None:
    rows = np.arange(512 * 512, dtype=np.float32).reshape(512, 512) % 97
    for _ in range(20):
        rows = (rows @ rows.T) % 97


def _python() -> None:
    counts: dict[int, int] = {}
    for number in range(300_000):
        counts[number % 1000] = counts.get(number % 1000, 0) + number


def _echo(channel: grpc.Channel) -> None:
    call = channel.unary_unary("/calibration/Echo")
    for _ in range(400):
        call(b"x" * 100)


class _Echo(grpc.GenericRpcHandler):
    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request)


def seconds() -> dict[str, float]:
    """The best of five runs of each loop."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((_Echo(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            loops = {"numpy": _numpy, "python": _python, "echo": lambda: _echo(channel)}
            return {name: min(_timed(loop) for _ in range(5)) for name, loop in loops.items()}
    finally:
        server.stop(None)


def _timed(loop: object) -> float:
    start = time.perf_counter()
    loop()  # type: ignore[operator]
    return time.perf_counter() - start


def calibration() -> float:
    """The geometric mean of how much longer the loops take than on the reference machine."""
    now = seconds()
    return math.exp(sum(math.log(now[name] / REFERENCE[name]) for name in REFERENCE) / len(REFERENCE))
