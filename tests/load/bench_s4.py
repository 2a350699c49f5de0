"""S4: one posting against 10,000 candidates of a tenant, and the explanation of one pair.

Ours: `PostingIntake.match_tenant`, from the first look at the posting to the committed matches, in a process that has
matched for this tenant before, so its bench is in memory; and `Matches.explain_match`. Both on a real PostgreSQL,
medians of several. Baseline: the same scores by the scorer of one pair in a Python loop, without any database,
extrapolated from 1,000 pairs. The data are the worst case: nearly everybody matches, so nearly 10,000 matches are
written. A posting of a rarer kind, with some hundred matches as of a real board, is measured beside it.

Before each round the matches are removed and the tables vacuumed, as autovacuum would in time.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from blacklight_matching.app import APP
from blacklight_matching.blocks import PostingBlock, ProfileBlock
from blacklight_matching.halfvec import to_literal
from blacklight_matching.intake.posting.service import PostingIntake
from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.matches.service import Matches
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.importing.drafts import Draft
from blacklight_matching.postings.importing.service import ImportOrder, PostingImport
from blacklight_matching.postings.reading.service import PostingReader
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.service import Roles
from blacklight_matching.scoring import score_pair
from blacklight_matching.vectors import embed_texts
from blacklight_servicekit import bulk
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from blacklight_testkit import servers
from blacklight_testkit.databases import Databases
from sqlalchemy import create_engine, text

from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

CANDIDATES = 10_000
ROUNDS = 7
MATCH_MS, EXPLAIN_MS = 150.0, 10.0
SKILLS = (
    "java", "python", "sql", "spring-boot", "aws", "docker", "kubernetes", "react", "angular", "sap", "salesforce",
    "servicenow", "oracle", "linux", "jenkins", "git", "azure", "kafka", "mongodb", "tableau",
)  # fmt: skip
TITLES = ("Java Developer", "Python Developer", "SAP Consultant", "Data Analyst", "DevOps Engineer", "QA Tester")
COLUMNS = (
    ("candidate_id", "uuid"),
    ("current_title", "text"),
    ("experience_years", "int2"),
    ("skill_keys", "text[]"),
    ("embedding", "halfvec"),
    ("content_hash", "bytea"),
)
SEED = """
INSERT INTO candidate_profiles (tenant_id, candidate_id, version, display_name, matchable, current_title,
  preferred_roles, experience_years, experience_evidence, skills, skill_keys, summary, embedding, content_hash,
  update_time)
SELECT :tenant, candidate_id, 1, 'Somebody', true, current_title, '{}', experience_years, '{}', '[]', skill_keys,
  '', embedding, content_hash, now() FROM seed
"""
POSTING = Draft(
    platform_job_id="bench-1",
    title="Java Developer",
    company="Example",
    location="Dallas, TX",
    description="We build billing software. Java, Spring Boot, SQL, AWS and Docker are required. "
    "5+ years of experience in development. You will work with Kafka and Jenkins.",
    url="https://board.example/1",
)
RARE = Draft(
    platform_job_id="bench-2",
    title="Mainframe Programmer",
    company="Example Two",
    location="Dallas, TX",
    description="COBOL and JCL are required. 5+ years of experience. Batches of a bank on z/OS are yours.",
    url="https://board.example/2",
)
RARE_SHARE = 0.03
"""Of the candidates, who know COBOL."""


class Service:
    """The parts of matching that are measured, on a database of their own."""

    def __init__(self, database: Database, owner_url: str) -> None:
        self.owner = create_engine(owner_url.replace("postgresql://", "postgresql+psycopg2://", 1))
        expiry, roles = ExpiryRule(), Roles(database, utc_now)
        self.database = database
        self.profiles = Profiles(utc_now)
        self.postings = Postings(database, utc_now, expiry)
        self.matches = Matches(database, utc_now, self.profiles, self.postings)
        reader = PostingReader(database, utc_now, roles)
        self.importing = PostingImport(database, utc_now, expiry)
        self.intake = PostingIntake(
            database, reader, self.profiles, MatchKeeping(utc_now, self.profiles, self.postings)
        )

    def add_posting(self, posting: Draft) -> UUID:
        """One posting, read."""
        caller = Caller.service("scraper", None)
        order = ImportOrder(new_id(), "bench", None, None, [posting])
        (row,) = self.importing.import_batch(caller, order)
        self.intake.read_waiting(caller)
        return UUID(row.posting_id)

    def add_candidates(self, tenant_id: UUID) -> None:
        """10,000 profiles as matching keeps them."""
        choose = random.Random(4)
        picks = [(choose.choice(TITLES), choose.sample(SKILLS, choose.randint(3, 12))) for _ in range(CANDIDATES)]
        for number in range(int(CANDIDATES * RARE_SHARE)):
            picks[number * 7] = ("Mainframe Developer", ["cobol", *picks[number * 7][1]])
        vectors = embed_texts([f"{title}\n{', '.join(skills)}" for title, skills in picks], "profile")
        rows = [
            (new_id(), title, choose.randint(0, 20), skills, to_literal(vector), number.to_bytes(16))
            for number, ((title, skills), vector) in enumerate(zip(picks, vectors, strict=True))
        ]
        with self.database.transaction(tenant_id) as session:
            bulk.copy_rows(session, "seed", COLUMNS, rows)
            session.execute(text(SEED), {"tenant": tenant_id})

    def forget_matches(self, tenant_id: UUID) -> None:
        """Back to where the measurement starts."""
        with self.database.transaction(tenant_id) as session:
            session.execute(text("DELETE FROM candidate_matches"))
            session.execute(text("UPDATE match_lists SET holding = 0"))
        with self.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM matching.candidate_matches, matching.match_lists"))

    def sides(self, tenant_id: UUID, posting_id: UUID) -> tuple[ProfileBlock, PostingBlock]:
        """Both sides, for the baseline."""
        with self.database.transaction(tenant_id) as session:
            profiles = self.profiles.block(session, tenant_id)
            return profiles, self.postings.block(session, tenant_id, [posting_id])


def _ms(work: Callable[[], Any], before: Callable[[], Any] = lambda: None) -> float:
    times = []
    for _ in range(ROUNDS):
        before()
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _loop_ms(profiles: ProfileBlock, postings: PostingBlock) -> float:
    start = time.perf_counter()
    for side in profiles.sides[:1_000]:
        score_pair(side, postings.sides[0])
    return (time.perf_counter() - start) * 1000 * CANDIDATES / 1_000


def measure(database: Database, owner_url: str) -> tuple[float, float, float, int, str]:
    """Milliseconds of matching, of the baseline and of explaining; how many matches were written; the rarer posting."""
    service, user = Service(database, owner_url), Caller(CallerKind.USER, "bench", new_id())
    posting_id, rare_id = service.add_posting(POSTING), service.add_posting(RARE)
    service.add_candidates(user.tenant)
    loop = _loop_ms(*service.sides(user.tenant, posting_id))
    rare = _ms(lambda: service.intake.match_tenant(user, [rare_id]), before=lambda: service.forget_matches(user.tenant))
    with database.transaction(user.tenant) as session:
        few = session.execute(text("SELECT count(*) FROM candidate_matches")).scalar_one()
    match = _ms(
        lambda: service.intake.match_tenant(user, [posting_id]), before=lambda: service.forget_matches(user.tenant)
    )
    listed, _ = service.matches.list_of_posting(user, posting_id, page_size=1, page_token="")
    with database.transaction(user.tenant) as session:
        count = session.execute(text("SELECT count(*) FROM candidate_matches")).scalar_one()
        # The seeded profiles were given hashes without texts; the one explained gets its true one.
        candidate_id = listed[0].candidate_id
        profile = service.profiles.find(session, user.tenant, candidate_id)
        assert profile is not None
        for table, column in (("candidate_profiles", "content_hash"), ("candidate_matches", "profile_hash")):
            session.execute(
                text(f"UPDATE {table} SET {column} = :hash WHERE candidate_id = :id"),
                {"hash": profile.content_hash, "id": candidate_id},
            )
    explain = _ms(lambda: service.matches.explain_match(user, listed[0].match_id))
    return match, loop, explain, count, f"{rare:.0f} ms where {few} match"


def run(root: Path) -> list[str]:
    """One line."""
    with servers.folder() as base, servers.postgres(base) as postgres:
        urls = Databases(postgres).create(APP)
        database = Database(urls.app, urls.platform)
        try:
            factor = calibration()
            gc.collect()
            gc.freeze()  # as every process of a service does once it is built
            match, loop, explain, count, rare = measure(database, urls.owner)
        finally:
            database.dispose()
    scale = max(1.0, factor)
    figure = Figure(
        "S4",
        f"{match:.0f} ms for 1 posting x {CANDIDATES} candidates, {count} matches committed; {rare}; "
        f"explanation {explain:.1f} ms",
        f"pair by pair in Python, nothing stored: {loop:.0f} ms",
        f"{loop / match:.1f}x",
        f"≤ {MATCH_MS:.0f} ms; ≤ {EXPLAIN_MS:.0f} ms",
        factor,
        verdict(match <= MATCH_MS * scale and explain <= EXPLAIN_MS * scale),
    )
    return [str(figure)]
