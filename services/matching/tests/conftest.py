"""The service's parts on a fresh database, with a clock that tests set, and builders of what they put in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from blacklight.matching.v1 import posting_pb2, posting_service_pb2
from blacklight_matching.app import APP
from blacklight_matching.imports.service import PostingImports
from blacklight_matching.imports.working.service import PostingImportWork
from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.intake.posting.service import PostingIntake
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.matches.service import Matches
from blacklight_matching.postings.editing.service import PostingEditing
from blacklight_matching.postings.encoding import encode_posting
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.importing.drafts import Draft, RowResult
from blacklight_matching.postings.importing.service import ImportOrder, PostingImport
from blacklight_matching.postings.listing.query import PostingQuery
from blacklight_matching.postings.listing.service import PostingList
from blacklight_matching.postings.own.service import OwnPostings
from blacklight_matching.postings.reading.service import PostingReader
from blacklight_matching.postings.reading.upkeep.service import ReadingUpkeep
from blacklight_matching.postings.service import Postings
from blacklight_matching.postings.view import PostingView
from blacklight_matching.profiles.embedding.service import ProfileVectors
from blacklight_matching.profiles.profile import Profile, shown_skills
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.decisions.service import RoleDecisions
from blacklight_matching.roles.embedding.service import RoleVectors
from blacklight_matching.roles.listing.service import RoleList
from blacklight_matching.roles.service import Roles
from blacklight_matching.runs.activities import RunActivities
from blacklight_matching.runs.embedding.service import EmbeddingMaintenance
from blacklight_matching.runs.rescoring.service import Rescoring
from blacklight_matching.runs.service import Runs
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.rights.service import Rights
from blacklight_servicekit.app import ServiceApp
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from sqlalchemy import text

from services.matching.tests.mail_fixtures import me, rig, server

__all__ = ["me", "rig", "server"]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLATFORM = Caller.service("scraper", None)
_numbers = itertools.count(1)


@dataclass
class SetClock:
    """A clock that stands still until moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        """Lets time pass."""
        self.now += timedelta(**amount)


@dataclass
class Matching:
    """The service's parts, as `app.build` wires them."""

    database: Database
    clock: SetClock
    roles: Roles = field(init=False)
    role_list: RoleList = field(init=False)
    decisions: RoleDecisions = field(init=False)
    profiles: Profiles = field(init=False)
    postings: Postings = field(init=False)
    importing: PostingImport = field(init=False)
    own: OwnPostings = field(init=False)
    listing: PostingList = field(init=False)
    editing: PostingEditing = field(init=False)
    reader: PostingReader = field(init=False)
    matches: Matches = field(init=False)
    keeping: MatchKeeping = field(init=False)
    submissions: Submissions = field(init=False)
    candidates: CandidateIntake = field(init=False)
    arrivals: PostingIntake = field(init=False)
    runs: Runs = field(init=False)
    imports: PostingImports = field(init=False)
    rescoring: Rescoring = field(init=False)
    maintenance: EmbeddingMaintenance = field(init=False)
    pages: RunActivities = field(init=False)

    def __post_init__(self) -> None:
        expiry = ExpiryRule()
        self.roles = Roles(self.database, self.clock)
        self.role_list = RoleList(self.database, self.roles)
        self.decisions = RoleDecisions(self.database, self.clock, self.roles)
        self.profiles = Profiles(self.clock)
        self.postings = Postings(self.database, self.clock, expiry)
        self.importing = PostingImport(self.database, self.clock, expiry)
        self.own = OwnPostings(self.database, self.clock, expiry)
        self.listing = PostingList(self.database, self.clock, self.postings, MailOutcomes(self.database, self.clock))
        self.reader = PostingReader(self.database, self.clock, self.roles)
        self.matches = Matches(self.database, self.clock, self.profiles, self.postings)
        self.keeping = MatchKeeping(self.clock, self.profiles, self.postings)
        self.editing = PostingEditing(
            self.database, self.clock, expiry, self.postings, self.own, self.keeping.forget_posting
        )
        rights = Rights(self.clock, 90)
        self.submissions = Submissions(self.database, self.clock, rights)
        self.candidates = CandidateIntake(self.database, self.profiles, self.roles, self.keeping, self.submissions)
        self.arrivals = PostingIntake(self.database, self.reader, self.profiles, self.keeping)
        self.runs = Runs(self.database, self.clock)
        self.imports = PostingImports(self.database, self.clock, self.runs)
        vectors = ProfileVectors(self.database, self.profiles)
        self.rescoring = Rescoring(self.database, self.runs, vectors, self.candidates)
        self.maintenance = EmbeddingMaintenance(
            self.database,
            self.runs,
            RoleVectors(self.database),
            vectors,
            ReadingUpkeep(self.database),
            self.candidates,
        )
        work = PostingImportWork(self.database, self.runs, self.imports, self.importing)
        works = {"POSTING_IMPORT": work, "EMBEDDING_MAINTENANCE": self.maintenance}
        self.pages = RunActivities(self.runs, {**works, "RESCORE": self.rescoring, "MATCH_REFRESH": self.rescoring})

    def take_in(
        self,
        drafts: Sequence[Draft],
        *,
        platform: str = "dice",
        role_id: UUID | None = None,
        batch_id: UUID | None = None,
    ) -> list[RowResult]:
        """Imports a batch."""
        order = ImportOrder(batch_id or new_id(), platform, role_id, None, drafts)
        return self.importing.import_batch(PLATFORM, order)

    def create_own(self, caller: Caller, draft: Draft, request_id: str = "") -> posting_pb2.Posting:
        """Creates a posting of the tenant's own."""
        request = posting_service_pb2.CreatePostingRequest(request_id=request_id)
        request.posting.title = draft.title
        return self.editing.create(caller, draft, request=request, encode=encode_posting)

    def list_postings(
        self, caller: Caller, *, page_size: int = 0, page_token: str = "", **query: object
    ) -> tuple[list[PostingView], str]:
        """A page of postings."""
        asked = PostingQuery(**query)  # type: ignore[arg-type]
        return self.listing.list_postings(caller, asked, page_size=page_size, page_token=page_token)

    def work_off(self) -> None:
        """Reads and matches until nothing waits."""
        assert not self.arrivals.take_waiting(PLATFORM, lambda: True)

    def queue_own(self) -> list[UUID]:
        """Has read what tenants have created or changed of their own, as the relay does."""
        told = text("DELETE FROM outbox WHERE kind = 'postings.waiting' RETURNING payload")
        with self.database.platform_transaction() as session:
            payloads = session.scalars(told).all()
        ids = [UUID(each) for payload in payloads for each in payload.get("posting_ids", ())]
        self.own.queue(PLATFORM, ids)
        return ids

    def work_off_own(self) -> None:
        """The same, and until nothing waits."""
        self.queue_own()
        self.work_off()

    def ready(self, caller: Caller, profile: Profile) -> None:
        """Puts a profile and goes through the steps of `candidate-ready`."""
        self.candidates.put(caller, profile)
        self.candidates.normalise_roles(caller, profile.candidate_id)
        self.candidates.embed(caller, profile.candidate_id)
        self.candidates.match(caller, profile.candidate_id)

    def pairs(self, caller: Caller, candidate_id: UUID) -> dict[UUID, int]:
        """Scores of a candidate's listed matches, by posting."""
        found: dict[UUID, int] = {}
        token = ""
        while True:
            page, token = self.matches.list_of_candidate(caller, candidate_id, page_size=200, page_token=token)
            found |= {match.posting_id: match.score for match in page}
            if not token:
                return found


def a_draft(
    title: str = "Java Developer",
    skills: str = "Java, Spring Boot and SQL",
    *,
    number: int | None = None,
    **changed: object,
) -> Draft:
    """A posting like no other, unless a number is repeated."""
    n = next(_numbers) if number is None else number
    values: dict[str, object] = {
        "platform_job_id": f"job-{n}",
        "title": title,
        "company": f"Company {n} Inc",
        "location": "Dallas, TX",
        "description": (
            f"Opening {n}: our team number {n} in Dallas builds billing software for carriers.\n"
            f"Requirements\n- {skills} are required.\n- At least 5 years of experience in development."
        ),
        "url": f"https://board.example/jobs/{n}",
    }
    return Draft(**(values | changed))  # type: ignore[arg-type]


def a_profile(
    title: str = "Java Developer",
    skills: Sequence[str] = ("Java", "Spring Boot", "SQL"),
    *,
    candidate_id: UUID | None = None,
    version: int = 1,
    **changed: object,
) -> Profile:
    """A candidate."""
    told = [(name, f"Built systems with {name} for three years.", n, n + 4) for n, name in enumerate(skills)]
    values: dict[str, object] = {
        "candidate_id": candidate_id or new_id(),
        "version": version,
        "display_name": "Robin Example",
        "matchable": True,
        "current_title": title,
        "preferred_roles": (),
        "experience_years": 7,
        "experience_evidence": ("Jan 2019 to present at Initech",),
        "skills": shown_skills(told),
        "summary": "Builds billing software for carriers.",
        "resume_id": None,
    }
    return Profile(**(values | changed))  # type: ignore[arg-type]


def a_user(tenant_id: UUID | None = None) -> Caller:
    """A portal user of a tenant (a new one unless given)."""
    return Caller(CallerKind.USER, str(new_id()), tenant_id or new_id())


def an_admin() -> Caller:
    """An administrator of the platform."""
    return Caller(CallerKind.PLATFORM_ADMIN, str(new_id()))


@pytest.fixture
def clock() -> SetClock:
    """Monday, 2 March 2026, 9:00 UTC."""
    return SetClock()


@pytest.fixture
def matching(service_database: Callable[[ServiceApp], Database], clock: SetClock) -> Matching:  # type: ignore[type-arg]
    """The service on a fresh database."""
    return Matching(service_database(APP), clock)


class Build:
    """Builders, as a fixture: test modules can't import each other."""

    draft = staticmethod(a_draft)
    profile = staticmethod(a_profile)
    user = staticmethod(a_user)
    admin = staticmethod(an_admin)


@pytest.fixture
def build() -> Build:
    """Builders of drafts, profiles and callers."""
    return Build()
