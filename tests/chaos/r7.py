"""R7: what is sent 50 times at once under one id is done once and answered alike, though its service is killed.

2,000 writes over every RPC that takes a `request_id`, and the fleet's own (a claim by its id, a batch by its number),
in waves of 50. In each wave 50 callers send every write at once; all replies are held back; once a drawn number of the
wave's writes is committed the service is killed with SIGKILL, between their commits and their replies and in the midst
of the others. Then the callers, who know nothing, send again until they are answered. Looked at are the answers, all of
which must be the same but for what is shown once by design (secrets, which are stored as hashes), and the rows: of the
thing made, of the audit log, of the log of requests.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import grpc.aio
from blacklight.candidate.v1.candidate_pb2 import Candidate
from blacklight.scraper.v1 import fleet_service_pb2 as fleet
from google.protobuf.message import Message

from tests.chaos import writes
from tests.chaos.byte_relay import ByteRelay, byte_relay
from tests.chaos.company import Company, company
from tests.chaos.writes import Write, new_id
from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

SEED = 20261123
CALLERS = 50
WAVE = 50
STREAM_WAVE = 10
KINDS = {"candidate": 900, "user": 340, "tenant": 100, "api_key": 300, "credential": 200}
OF_USERS = ("candidate", "user")
RESUMES = 20
FLEET = 70
ROLES = 20
ANSWER_SECONDS = 240.0
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100),
           ("grpc.min_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]  # fmt: skip
AGAIN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,  # a connection reset in the middle of a frame
)


@dataclass
class Findings:
    """What was seen."""

    writes: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    committed_unanswered: int = 0
    sends: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """The company under trial; `relays` hold back the replies of its services."""

    company: Company
    relays: dict[str, ByteRelay]
    chance: random.Random
    findings: Findings = field(default_factory=Findings)

    async def wave(self, batch: Sequence[Write]) -> list[list[Message]]:
        """Sends every write of one service by every caller, kills it meanwhile; returns the answers to each."""
        service = batch[0].service
        await self.company.may_kill(service)
        relay = self.relays[service]
        async with AsyncExitStack() as stack:
            channels = [await self._connected(stack, relay) for _ in batch]
            relay.open.clear()
            sends = [(write, caller) for write in range(len(batch)) for caller in range(CALLERS)]
            self.chance.shuffle(sends)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._answered(batch[at], channels[at], caller)) for at, caller in sends]
                await self._kill(service, relay, batch)
            answers: list[list[Message]] = [[] for _ in batch]
            for (at, _), task in zip(sends, tasks, strict=True):
                answers[at].append(task.result())
        for write, given in zip(batch, answers, strict=True):
            self.findings.writes[write.kind] += 1
            self.findings.faults += [f"{write.kind}: {what}" for what in _unlike(write, given)]
        self.findings.faults += await asyncio.to_thread(self._miscounted, batch)
        return answers

    async def _connected(self, stack: AsyncExitStack, relay: ByteRelay) -> grpc.aio.Channel:
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(relay.address, OPTIONS))
        async with asyncio.timeout(ANSWER_SECONDS):
            await channel.channel_ready()
        return channel

    async def _kill(self, service: str, relay: ByteRelay, batch: Sequence[Write]) -> None:
        """Kills it between the commits and the replies of so many writes."""
        wanted = self.chance.randrange(1, len(batch))
        async with asyncio.timeout(ANSWER_SECONDS):
            while (done := await asyncio.to_thread(self._committed, batch)) < wanted:
                await asyncio.sleep(0.01)
        killing = asyncio.create_task(self.company.kill(service))
        await asyncio.sleep(0)
        relay.cut()
        relay.open.set()
        self.findings.kills += 1
        self.findings.committed_unanswered += done
        await killing

    def _committed(self, batch: Sequence[Write]) -> int:
        return sum(count > 0 for _, count in self._counts(batch, first=True))

    def _miscounted(self, batch: Sequence[Write]) -> list[str]:
        return [f"{what}: {count} times" for what, count in self._counts(batch) if count != 1]

    def _counts(self, batch: Sequence[Write], *, first: bool = False) -> Iterator[tuple[str, int]]:
        asked = [effect for write in batch for effect in (write.effects[:1] if first else write.effects)]
        together = " UNION ALL ".join(f"SELECT {at}, ({statement})" for at, (statement, _) in enumerate(asked))
        found = dict(self.company.rows(together, *(value for _, value in asked)))
        return ((f"{statement} [{value}]", found[at]) for at, (statement, value) in enumerate(asked))

    async def _answered(self, write: Write, channel: grpc.aio.Channel, caller: int) -> Message:
        """Sends until there is an answer, as a caller who knows nothing would."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                self.findings.sends += 1
                try:
                    return await write.send(channel, caller)
                except grpc.aio.AioRpcError as error:
                    if error.code() not in AGAIN:
                        raise
                except (EOFError, TimeoutError, asyncio.InvalidStateError):
                    pass
                await asyncio.sleep(self.chance.uniform(0.05, 0.5))


def _unlike(write: Write, answers: Sequence[Message]) -> list[str]:
    """How the answers differ where they must not."""
    shown: Counter[str] = Counter()
    said: Counter[bytes] = Counter()
    for answer in answers:
        plain = type(answer)()
        plain.CopyFrom(answer)
        for name in write.shown_once:
            shown[name] += bool(getattr(plain, name))
            plain.ClearField(name)
        for name in write.differing:
            _clear(plain, name)
        said[plain.SerializeToString(deterministic=True)] += 1
    faults = [f"{name} shown {times} times" for name, times in shown.items() if times > 1]
    if any(isinstance(answer, fleet.ConnectResponse) and answer.HasField("refusal") for answer in answers):
        faults.append("was refused")
    return faults if len(said) == 1 else [*faults, f"{len(said)} different answers"]


def _clear(message: Any, name: str) -> None:
    """Clears a field of each assignment in an answer."""
    for each in message.assignments.assignments:
        each.ClearField(name)


def _waves(kinds: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Waves of writes of one kind, the kinds by turns, so that no service is killed too often."""
    cut = [[(kind, min(WAVE, count - at)) for at in range(0, count, WAVE)] for kind, count in kinds.items()]
    for turn in zip_longest(*cut):
        yield from (wave for wave in turn if wave)


async def trial_of(given: Company, *, seed: int, kinds: Mapping[str, int], resumes: int, fleet_writes: int) -> Findings:
    """All the writes; `fleet_writes` claims, and as many batches."""
    async with AsyncExitStack() as stack:
        relays = {
            service: await stack.enter_async_context(byte_relay(given.address(service)))
            for service in ("auth", "candidate", "scraper")
        }
        trial = Trial(given, relays, random.Random(seed))
        candidates: list[str] = []
        for kind, count in _waves(kinds):
            account = given.user if kind in OF_USERS else given.admin
            metadata = await asyncio.to_thread(account.metadata)
            make = getattr(writes, kind)
            answers = await trial.wave([make(metadata, new_id(trial.chance)) for _ in range(count)])
            candidates += [answer[0].candidate_id for answer in answers if isinstance(answer[0], Candidate)]
        metadata = await asyncio.to_thread(given.user.metadata)
        ids = [(new_id(trial.chance), candidate) for candidate in candidates[:resumes]]
        await trial.wave([writes.resume(metadata, request_id, candidate) for request_id, candidate in ids])
        await _fleet(trial, fleet_writes)
    return trial.findings


async def _fleet(trial: Trial, count: int) -> None:
    """Claims, each on a board of its own, and the first batch of each session."""
    await asyncio.to_thread(trial.company.add_roles, ROLES)
    for start in range(0, count, STREAM_WAVE):
        names = [f"board_{number}" for number in range(start, min(start + STREAM_WAVE, count))]
        secrets = [await asyncio.to_thread(trial.company.add_host, name) for name in names]
        claims = [writes.claim(secret, new_id(trial.chance)) for secret in secrets]
        answers = await trial.wave(claims)
        given = [max((one.assignments.assignments[0] for one in each), key=lambda held: held.fencing_token)
                 for each in answers]  # fmt: skip
        await trial.wave([writes.batch(*pair) for pair in zip(secrets, given, strict=True)])


def run(root: Path) -> list[str]:
    """One line."""
    factor = calibration()
    with company() as given:
        found = asyncio.run(trial_of(given, seed=SEED, kinds=KINDS, resumes=RESUMES, fleet_writes=FLEET))
    done = ", ".join(f"{count} {kind}" for kind, count in found.writes.items())
    ours = (
        f"{found.writes.total()} writes x {CALLERS} at once ({done}; {found.sends} sends, {found.kills} SIGKILLs with "
        f"{found.committed_unanswered} writes committed and unanswered, seed {SEED}): {len(found.faults)} faults "
        f"{'; '.join(found.faults[:10])}"
    ).strip()
    return [str(Figure("R7", ours, "none", "-", "one effect each, the same answer", factor, verdict(not found.faults)))]
