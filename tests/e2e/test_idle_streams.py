"""2,000 hosts that mostly wait: through one Envoy and one process, alive, and reached by one word (issue 3).

They have one key and one board between them, and several connections: Envoy takes 1,000 streams on each.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc.aio
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1.fleet_service_pb2_grpc import FleetServiceStub

STREAMS = 2_000
CONNECTIONS = 4
SAMPLE = 200
AT_ONCE = 100
SECONDS = 85.0
ALIVE = pb.ConnectRequest(heartbeat=pb.Heartbeat())


class IdleHosts:
    """Streams that have said hello and been welcomed."""

    def __init__(self, address: str, secret: str) -> None:
        # A pool of its own for each channel, or they would share one connection.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channels = [grpc.aio.insecure_channel(address, options=options) for _ in range(CONNECTIONS)]
        self._metadata = (("x-scraper-api-key", secret),)
        self._opening = asyncio.Semaphore(AT_ONCE)
        self.calls: list[Any] = []

    async def open(self, number: int) -> pb.Welcome:
        """Another stream, of a host named after the number."""
        async with self._opening:
            stub = FleetServiceStub(self._channels[number % CONNECTIONS])
            call = stub.Connect(metadata=self._metadata)
            self.calls.append(call)
            hello = pb.Hello(host_name=f"idle-{number}", agent_version="1", capabilities=["directives"])
            await call.write(pb.ConnectRequest(hello=hello))
            answer = await call.read()
            assert isinstance(answer, pb.ConnectResponse), await call.code()
            return answer.welcome

    async def close(self) -> None:
        """Breaks every connection."""
        await asyncio.gather(*(channel.close() for channel in self._channels))


async def _beat(call: Any) -> None:
    await call.write(ALIVE)
    assert (await call.read()).HasField("heartbeat")


async def _next_directive(call: Any) -> pb.Directive:
    answer = await call.read()
    assert answer.HasField("directive"), answer
    return answer.directive


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _memory(pid: int) -> int:
    """Bytes in memory that are the process's own (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no Pss")


def _pid(stack: Any, name: str) -> int:
    return int(stack.state.components[name].pid)


@contextmanager
def _many_files() -> Iterator[None]:
    """This process holds the other ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65_536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_2000_idle_streams_are_alive_and_hear_one_word(
    stack: Any, fleet: Any, admin: Any, record_testsuite_property: Any
) -> None:
    key = fleet.key()
    # Opening a stream is a call like any other: 2,000 in a minute need a key that may make so many.
    several = {"name": f"{key.platform}_idle", "platforms": [key.platform], "rate_limit_per_minute": 60_000}
    secret = admin.post("/v1/fleet/api-keys", several)["secret"]
    pids = {name: _pid(stack, name) for name in ("scraper", "envoy")}
    before = {name: (_memory(pid), _open_files(pid)) for name, pid in pids.items()}

    async def run() -> None:
        hosts = IdleHosts(fleet.address, secret)
        try:
            async with asyncio.timeout(SECONDS):
                welcomes = await asyncio.gather(*(hosts.open(number) for number in range(STREAMS)))
                assert {tuple(welcome.platforms) for welcome in welcomes} == {(key.platform,)}
                for _ in range(2):
                    await asyncio.gather(*(_beat(call) for call in hosts.calls[:: STREAMS // SAMPLE]))
                told = asyncio.gather(*(_next_directive(call) for call in hosts.calls))
                await asyncio.to_thread(
                    admin.post, f"/v1/fleet/platforms/{key.platform}:pause", {"pause_reason": "the board asks for it"}
                )
                directives = await told
                assert {(each.kind, each.platform) for each in directives} == {(pb.DIRECTIVE_KIND_PAUSE, key.platform)}
                for name, pid in pids.items():
                    memory, files = before[name]
                    record_testsuite_property(f"{name}_bytes_a_stream", (_memory(pid) - memory) // STREAMS)
                    record_testsuite_property(f"{name}_files", _open_files(pid))
                    # Streams share connections: no file each, on either side of the gateway.
                    assert _open_files(pid) - files < STREAMS / 10
                alive = [call for call in hosts.calls if not call.done()]
                assert len(alive) == STREAMS
        finally:
            await hosts.close()

    with _many_files():
        asyncio.run(run())
