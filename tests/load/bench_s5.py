"""S5: postings committed at 50 a second for 60 s against 10,000 candidates of a tenant, until they are in every list.

Ours: the real path of a local stack. `ImportPostings` is called as the scraper does, five postings every 100 ms; the
clock of a posting starts when the import is answered, which is after its commit. Outbox, relay, Temporal and the
workers do the rest. A posting leaves `posting_intake` only after its matches are committed in every tenant's lists, so
the clock stops when a look at that table, one after the other, finds it gone: never before the last list has it, and at
most a look later.

Whether the lists are right then is checked: everybody is matched anew in full, and not one stored score may change.

The data: 24 families of work, equally frequent, each with a title and five skills of its own; so a posting matches some
hundred candidates. Texts are read by the real reader.

Baseline: the old system matched nightly, at 02:00 UTC (spec 6.11); it is named, not measured.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import grpc
from blacklight.matching.v1 import posting_pb2, posting_service_pb2, posting_service_pb2_grpc
from blacklight_local.data_folder import DataFolder
from blacklight_local.running import RunningStack, running_stack
from blacklight_local.stack import Options
from blacklight_matching.halfvec import to_literal
from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.profile import shown_skills
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.service import Roles
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.rights.service import Rights
from blacklight_matching.vectors import embed_texts
from blacklight_servicekit import bulk
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.identity import ServiceTokens, load_private_key
from blacklight_servicekit.ids import new_id
from sqlalchemy import text

from tests.load.bench_s4 import COLUMNS
from tests.load.bench_s4 import SEED as KEEP_PROFILES
from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

CANDIDATES, A_SECOND, AT_ONCE = 10_000, 50, 5
SECONDS = float(os.environ.get("BENCH_S5_SECONDS", "60"))
WARM_UP = 50
SEED, LIMIT, PATIENCE = 20261125, 1.0, 120.0
FAMILIES = (
    ("Java Developer", "Java, Spring Boot, Hibernate, Maven, JUnit"),
    ("Python Developer", "Python, Django, Flask, Celery, pytest"),
    ("SAP Consultant", "SAP ABAP, SAP HANA, SAP FICO, SAP Fiori, SAP MM"),
    ("Salesforce Developer", "Salesforce, Apex, Visualforce, SOQL, Lightning Web Components"),
    ("ServiceNow Developer", "ServiceNow, ITSM, Glide, ITIL, CMDB"),
    ("Data Engineer", "Apache Spark, Hadoop, Apache Airflow, Hive, Kafka"),
    ("BI Analyst", "Tableau, Power BI, DAX, Looker, QlikView"),
    ("Mainframe Developer", "COBOL, JCL, DB2, CICS, VSAM"),
    ("DevOps Engineer", "Kubernetes, Docker, Terraform, Ansible, Jenkins"),
    ("Network Engineer", "Cisco, BGP, OSPF, MPLS, VPN"),
    ("Frontend Developer", "React, TypeScript, Redux, Webpack, CSS"),
    ("Angular Developer", "Angular, RxJS, NgRx, SASS, Bootstrap"),
    (".NET Developer", "C#, ASP.NET, Entity Framework, LINQ, Blazor"),
    ("QA Tester", "Selenium, Cucumber, TestNG, Postman, JMeter"),
    ("Business Analyst", "BRD, UAT, BPMN, Visio, Requirements Gathering"),
    ("Oracle DBA", "Oracle, PL/SQL, RMAN, Oracle RAC, Data Guard"),
    ("Android Developer", "Android, Kotlin, Jetpack Compose, Gradle, Retrofit"),
    ("iOS Developer", "Swift, Objective-C, Xcode, UIKit, SwiftUI"),
    ("Machine Learning Engineer", "PyTorch, TensorFlow, scikit-learn, MLflow, NumPy"),
    ("Security Analyst", "Splunk, SIEM, Nessus, Wireshark, Burp Suite"),
    ("AWS Architect", "AWS, EC2, S3, CloudFormation, Lambda"),
    ("Azure Architect", "Azure, Azure DevOps, ARM Templates, Azure Functions, Cosmos DB"),
    ("Informatica Developer", "Informatica, Teradata, SSIS, DataStage, Ab Initio"),
    ("PHP Developer", "PHP, Laravel, Symfony, WordPress, MySQL"),
)


def _drafts(chance: random.Random, first: int) -> list[posting_pb2.PostingDraft]:
    made = []
    for number in range(first, first + AT_ONCE):
        title, skills = chance.choice(FAMILIES)
        asked = chance.sample(skills.split(", "), chance.randint(3, 5))
        years = f"{chance.randint(2, 10)}+ years of experience. " if chance.random() < 0.7 else ""
        said = f"We are looking for somebody to join team {number}. Required: {', '.join(asked)}. {years}"
        made.append(
            posting_pb2.PostingDraft(
                platform_job_id=f"s5-{number}",
                title=title,
                company=f"Company {number}",
                location="Dallas, TX",
                description=said + "You will build and run what the team is responsible for, and write it down.",
                url=f"https://board.example/{number}",
            )
        )
    return made


def _add_candidates(database: Database, tenant_id: UUID) -> list[UUID]:
    chance = random.Random(SEED)
    picks = []
    for _ in range(CANDIDATES):
        title, skills = chance.choice(FAMILIES)
        picks.append((title, chance.sample(skills.split(", "), chance.randint(3, 5))))
    vectors = embed_texts([f"{title}\n{', '.join(skills)}" for title, skills in picks], "profile")
    rows = []
    for number, ((title, skills), vector) in enumerate(zip(picks, vectors, strict=True)):
        keys = sorted({skill.key for skill in shown_skills([(name, "", 0, 0) for name in skills])})
        rows.append((new_id(), title, chance.randint(0, 20), keys, to_literal(vector), number.to_bytes(16)))
    with database.transaction(tenant_id) as session:
        bulk.copy_rows(session, "seed", COLUMNS, rows)
        session.execute(text(KEEP_PROFILES), {"tenant": tenant_id})
    return sorted(row[0] for row in rows)


class Watch:
    """Looks which postings are still in the queue, look after look, and notes when each is gone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._answered: dict[UUID, float] = {}
        self.latencies: list[float] = []

    def add(self, posting_ids: list[UUID]) -> None:
        """Postings whose import was answered just now."""
        now = time.perf_counter()
        with self._lock:
            self._answered.update(dict.fromkeys(posting_ids, now))

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Looks until all are gone."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            end = time.perf_counter() + PATIENCE
            while self._answered and time.perf_counter() < end:
                time.sleep(0.05)
            self._ended.set()
            thread.join()
        if self._answered:
            raise RuntimeError(f"{len(self._answered)} postings were not matched in time")

    def _look(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                asked = dict(self._answered)
            with self._database.platform_transaction() as session:
                waiting = set(session.scalars(text("SELECT posting_id FROM posting_intake")))
            now = time.perf_counter()
            for posting_id in asked.keys() - waiting:
                self.latencies.append(now - asked[posting_id])
                with self._lock:
                    del self._answered[posting_id]
            time.sleep(0.01)


def _stream(running: RunningStack, watch: Watch, count: int, first: int) -> float:
    """Imports postings at the pace; returns how many a second it came to."""
    key = load_private_key(running.stack.credentials.service_key("scraper"))
    tokens, chance = ServiceTokens("scraper", key, utc_now), random.Random(SEED + first)
    with grpc.insecure_channel(running.stack.ports["matching"].address) as channel:
        stub = posting_service_pb2_grpc.PostingServiceStub(channel)
        begun = time.perf_counter()
        for number in range(0, count, AT_ONCE):
            time.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
            request = posting_service_pb2.ImportPostingsRequest(
                batch_id=str(new_id()), platform="bench", postings=_drafts(chance, first + number)
            )
            metadata = (("authorization", f"Bearer {tokens.token('matching', None)}"),)
            answer = stub.ImportPostings(request, metadata=metadata, timeout=30)
            watch.add([UUID(row.posting_id) for row in answer.results])
        return count / (time.perf_counter() - begun)


def _stored(database: Database, tenant_id: UUID) -> tuple[int, int]:
    said = "hashtextextended(concat_ws(' ', candidate_id, posting_id, score, matched), 0) % 1000000007"
    with database.transaction(tenant_id) as session:
        row = session.execute(text(f"SELECT count(*) AS n, coalesce(sum({said}), 0) AS s FROM candidate_matches")).one()
        return int(row.n), int(row.s)


def _match_all(database: Database, tenant_id: UUID, ids: list[UUID]) -> None:
    profiles, postings = Profiles(utc_now), Postings(database, utc_now, ExpiryRule())
    submissions = Submissions(database, utc_now, Rights(utc_now, 90))
    keeping = MatchKeeping(utc_now, profiles, postings)
    intake = CandidateIntake(database, profiles, Roles(database, utc_now), keeping, submissions)
    for first in range(0, len(ids), 1_000):
        intake.match_all(Caller.service("matching", tenant_id), ids[first : first + 1_000])


def _measure(running: RunningStack) -> Figure:
    env = running.stack.environments.run("matching")
    database = Database(env["BLACKLIGHT_APP_DATABASE_URL"], env["BLACKLIGHT_PLATFORM_DATABASE_URL"])
    try:
        tenant_id = new_id()
        ids = _add_candidates(database, tenant_id)
        with (warm := Watch(database)).looking():
            _stream(running, warm, WARM_UP, 1_000_000)
        factor = calibration()
        with (watch := Watch(database)).looking():
            rate = _stream(running, watch, int(A_SECOND * SECONDS), 0)
        kept = _stored(database, tenant_id)
        _match_all(database, tenant_id, ids)
        exact = _stored(database, tenant_id) == kept
    finally:
        database.dispose()
    times = statistics.quantiles(watch.latencies, n=100)
    postings = len(watch.latencies) + WARM_UP
    return Figure(
        "S5",
        f"p50 {times[49]:.2f} s, p95 {times[94]:.2f} s, p99 {times[98]:.2f} s until in every list; {postings} postings "
        f"at {rate:.0f}/s x {CANDIDATES} candidates, {kept[0] / postings:.0f} matches each, lists "
        f"{'equal to' if exact else 'OTHER THAN'} a full matching",
        "the old system: nightly",
        "hours to a second",
        f"p95 ≤ {LIMIT:.0f} s",
        factor,
        verdict(exact and rate > 0.95 * A_SECOND and times[94] <= LIMIT * max(1.0, factor)),
    )


def run(root: Path) -> list[str]:
    """One line."""
    with tempfile.TemporaryDirectory(prefix="bl-s5-") as folder:
        os.chmod(folder, 0o711)
        with running_stack(DataFolder(Path(folder) / "data"), Options(any_ports=True)) as running:
            return [str(_measure(running))]
