"""Valid requests of matching, and candidates matched with a posting of their own tenant to ask for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import grpc
from blacklight.matching.v1 import (
    match_service_pb2,
    posting_pb2,
    posting_service_pb2,
    profile_service_pb2,
    role_service_pb2,
)
from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.intake.posting.service import PostingIntake
from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.reading.service import PostingReader
from blacklight_matching.postings.service import Postings
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.service import Roles
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.rights.service import Rights
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.ids import new_id
from blacklight_testkit.matrix import Builder, Ids, World
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

from tests.contract.builders import matching_mailboxes as mailboxes
from tests.contract.builders import matching_runs as runs
from tests.contract.builders import matching_submissions as submissions

PROFILES = profile_service_pb2.DESCRIPTOR.services_by_name["CandidateProfileService"].methods_by_name
POSTINGS = posting_service_pb2.DESCRIPTOR.services_by_name["PostingService"].methods_by_name

SEEDED = {"candidate_profiles", "candidate_matches", "candidate_roles", "postings"}
SEEDED |= submissions.SEEDED | mailboxes.SEEDED | runs.SEEDED
"""Tables with rows of a tenant that `seed` fills."""
WALLED_BY_DATABASE_ALONE: set[str] = set()
"""RPCs whose queries do not filter by tenant themselves: only the walls in the database hold them."""
ROLES_ARE_SHARED = "canonical roles are the same for every tenant"


def settings(folder: Any) -> dict[str, Any]:
    """What the service needs beside the common settings."""
    return {}


def prepare(world: World) -> None:
    """One user a tenant: people see their own submissions, and the service believes the tenant of a token."""
    world.users.update({tenant: new_id() for tenant in world.tenants})


def seed(world: World, tenant: UUID) -> Ids:
    """A candidate matched with a posting that is shared by all, and a posting of the tenant's own, matched alike."""
    ids = {"candidate_id": str(new_id()), "batch_id": str(new_id())}
    world.rpc(POSTINGS["ImportPostings"], import_postings(ids), CallerKind.SERVICE, tenant)
    world.rpc(PROFILES["PutCandidateProfile"], put_profile(ids), CallerKind.SERVICE, tenant)
    _work_off(world, tenant, UUID(ids["candidate_id"]))
    with world.running.database.transaction(tenant) as session:
        found = session.execute(_MATCH, {"candidate_id": ids["candidate_id"], "batch_id": ids["batch_id"]}).one()
        own = {"own_posting_id": new_id(), "own_match_id": new_id(), "tenant_id": tenant}
        for table in ("postings", "posting_readings", "candidate_matches"):
            session.execute(text(_copy(session, table)), {**own, "match_id": found.match_id})
    with world.running.database.platform_transaction() as session:
        role_id = session.scalar(text("SELECT role_id FROM canonical_roles LIMIT 1"))
    return {
        **ids,
        **runs.seed(world, tenant),
        **submissions.seed(world, tenant, ids["candidate_id"], str(found.posting_id)),
        **mailboxes.seed(world, tenant, str(own["own_posting_id"])),
        "match_id": str(found.match_id),
        "own_match_id": str(own["own_match_id"]),
        "posting_id": str(own["own_posting_id"]),
        "role_id": str(role_id),
    }


_MATCH = text(
    "SELECT m.match_id, m.posting_id FROM candidate_matches m JOIN postings p USING (posting_id)"
    " WHERE m.candidate_id = :candidate_id AND p.batch_id = :batch_id"
)


def _copy(session: Any, table: str) -> str:
    """An INSERT that copies the row of a match, or of its posting, under ids of the tenant's own."""
    named = text(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'matching' AND table_name = :table AND is_generated = 'NEVER'"
    )
    columns = list(session.scalars(named, {"table": table}))
    changed = {"tenant_id": ":tenant_id", "posting_id": ":own_posting_id", "match_id": ":own_match_id"}
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    key = "match_id" if table == "candidate_matches" else "posting_id"
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
        f" FROM candidate_matches m JOIN {table} t USING ({key}) WHERE m.match_id = :match_id"
    )


def _work_off(world: World, tenant: UUID, candidate_id: UUID) -> None:
    """What the workers would do in the background, done at once."""
    database, clock = world.running.database, world.running.kit.clock
    roles, profiles = Roles(database, clock), Profiles(clock)
    postings = Postings(database, clock, ExpiryRule())
    keeping = MatchKeeping(clock, profiles, postings)
    reader = PostingReader(database, clock, roles)
    arrivals = PostingIntake(database, reader, profiles, keeping)
    platform, caller = Caller.service("matching", None), Caller.service("matching", tenant)
    while arrivals.read_waiting(platform) or arrivals.match_read(platform):
        pass
    submitted = Submissions(database, clock, Rights(clock, 90))
    candidates = CandidateIntake(database, profiles, roles, keeping, submitted)
    candidates.normalise_roles(caller, candidate_id)
    candidates.embed(caller, candidate_id)
    candidates.match(caller, candidate_id)


def import_postings(ids: Ids) -> Any:
    number = ids["batch_id"]
    return posting_service_pb2.ImportPostingsRequest(batch_id=number, platform="dice", postings=[a_draft(number)])


def a_draft(number: str) -> posting_pb2.PostingDraft:
    """A posting like no other, unless a number is repeated."""
    return posting_pb2.PostingDraft(
        platform_job_id=number,
        title="Java Developer",
        company=f"Company {number}",
        location="Dallas, TX",
        description=f"Opening {number}.\nRequirements\n- Java and SQL are required.\n- At least 5 years of experience.",
        url=f"https://board.example/jobs/{number}",
    )


def put_profile(ids: Ids) -> Any:
    sentence = "Built systems with Java for seven years."
    profile = profile_service_pb2.CandidateProfile(
        candidate_id=ids["candidate_id"],
        version=1,
        display_name="Robin Example",
        matchable=True,
        current_title="Java Developer",
        experience_years=7,
        skills=[profile_service_pb2.SkillEvidence(name="Java", sentence=sentence, start=19, end=23)],
        summary="Builds billing software in Java.",
    )
    return profile_service_pb2.PutCandidateProfileRequest(profile=profile)


def of_match(request: Any, **fields: str) -> Any:
    return lambda ids: request(match_id=ids["match_id"], **fields)


def of_role(request: Any, **fields: str) -> Builder:
    return Builder(lambda ids: request(role_id=ids["role_id"], **fields), shared=ROLES_ARE_SHARED)


BUILDERS = {
    **submissions.BUILDERS,
    **runs.BUILDERS,
    **mailboxes.BUILDERS,
    "MatchService.ListCandidateMatches": Builder(
        lambda ids: match_service_pb2.ListCandidateMatchesRequest(candidate_id=ids["candidate_id"]), shows="match_id"
    ),
    "MatchService.ListPostingMatches": Builder(
        lambda ids: match_service_pb2.ListPostingMatchesRequest(posting_id=ids["posting_id"]), shows="own_match_id"
    ),
    "MatchService.GetMatch": Builder(of_match(match_service_pb2.GetMatchRequest)),
    "MatchService.ExplainMatch": Builder(of_match(match_service_pb2.ExplainMatchRequest)),
    "MatchService.ViewMatch": Builder(of_match(match_service_pb2.ViewMatchRequest)),
    "MatchService.ShortlistMatch": Builder(
        # The other match has been submitted, and what is applied for is not shortlisted.
        lambda ids: match_service_pb2.ShortlistMatchRequest(match_id=ids["own_match_id"])
    ),
    "MatchService.RejectMatch": Builder(of_match(match_service_pb2.RejectMatchRequest, reason="too far away")),
    "MatchService.ApplyMatch": Builder(of_match(match_service_pb2.ApplyMatchRequest)),
    "MatchService.UpdateMatch": Builder(of_match(match_service_pb2.UpdateMatchRequest, notes="asked for references")),
    "MatchService.AssessMatch": Builder(of_match(match_service_pb2.AssessMatchRequest)),
    "MatchService.ExplainPair": Builder(
        lambda ids: match_service_pb2.ExplainPairRequest(candidate_id=ids["candidate_id"], posting_id=ids["posting_id"])
    ),
    "MatchService.ScoreText": Builder(
        lambda ids: match_service_pb2.ScoreTextRequest(
            candidate_id=ids["candidate_id"], text="Java developer\nJava and SQL are required."
        )
    ),
    "MatchService.ListTopMatches": Builder(
        lambda ids: match_service_pb2.ListTopMatchesRequest(candidate_ids=[ids["candidate_id"]], min_score=0),
        shows="match_id",
    ),
    "MatchService.GetCandidateMatchStats": Builder(
        lambda ids: match_service_pb2.GetCandidateMatchStatsRequest(candidate_id=ids["candidate_id"])
    ),
    "MatchService.GetMatchStats": Builder(lambda ids: match_service_pb2.GetMatchStatsRequest()),
    "MatchService.RefreshCandidateMatches": Builder(
        lambda ids: match_service_pb2.RefreshCandidateMatchesRequest(candidate_id=ids["candidate_id"])
    ),
    "PostingService.ImportPostings": Builder(import_postings),
    "PostingService.GetPosting": Builder(
        lambda ids: posting_service_pb2.GetPostingRequest(posting_id=ids["posting_id"])
    ),
    "PostingService.ListPostings": Builder(lambda ids: posting_service_pb2.ListPostingsRequest(), shows="posting_id"),
    "PostingService.CreatePosting": Builder(
        lambda ids: posting_service_pb2.CreatePostingRequest(posting=a_draft(str(new_id())))
    ),
    "PostingService.UpdatePosting": Builder(
        lambda ids: posting_service_pb2.UpdatePostingRequest(
            posting_id=ids["posting_id"],
            posting=posting_pb2.PostingDraft(title="Senior Java Developer"),
            update_mask=FieldMask(paths=["title"]),
        )
    ),
    "PostingService.SetPostingState": Builder(
        lambda ids: posting_service_pb2.SetPostingStateRequest(
            posting_id=ids["posting_id"], state=posting_pb2.POSTING_STATE_FILLED
        )
    ),
    "PostingService.DeletePosting": Builder(
        lambda ids: posting_service_pb2.DeletePostingRequest(posting_id=ids["posting_id"])
    ),
    "PostingService.GetPostingStatistics": Builder(lambda ids: posting_service_pb2.GetPostingStatisticsRequest()),
    "CandidateProfileService.PutCandidateProfile": Builder(put_profile),
    "CandidateProfileService.DeleteCandidateProfile": Builder(
        lambda ids: profile_service_pb2.DeleteCandidateProfileRequest(candidate_id=ids["candidate_id"])
    ),
    "RoleService.GetRole": Builder(
        lambda ids: role_service_pb2.GetRoleRequest(role_id=ids["role_id"]), shared=ROLES_ARE_SHARED
    ),
    "RoleService.ListRoles": Builder(lambda ids: role_service_pb2.ListRolesRequest()),
    "RoleService.ApproveRole": of_role(role_service_pb2.ApproveRoleRequest),
    "RoleService.RejectRole": of_role(role_service_pb2.RejectRoleRequest, reason="no role"),
    "RoleService.MergeRole": Builder(
        lambda ids: role_service_pb2.MergeRoleRequest(role_id=ids["role_id"], into_role_id=str(new_id())),
        shared=ROLES_ARE_SHARED,
        codes=(grpc.StatusCode.NOT_FOUND,),  # merging for good would take the role from the other calls
    ),
    "RoleService.RenameRole": of_role(role_service_pb2.RenameRoleRequest, name="Java Developer"),
    "RoleService.AddRoleAlias": of_role(role_service_pb2.AddRoleAliasRequest, alias="JVM Developer"),
    "RoleService.RemoveRoleAlias": of_role(role_service_pb2.RemoveRoleAliasRequest, alias="JVM Developer"),
    "RoleService.ListRoleCandidates": Builder(
        lambda ids: role_service_pb2.ListRoleCandidatesRequest(role_id=ids["role_id"]),
        shows="candidate_id",
        shared=ROLES_ARE_SHARED,
    ),
    "RoleService.GetRoleStatistics": Builder(lambda ids: role_service_pb2.GetRoleStatisticsRequest()),
}
