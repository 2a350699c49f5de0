"""The service as others call it: real server, worker, relay, PostgreSQL and Temporal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
import pytest
from blacklight.matching.v1 import (
    match_pb2,
    match_service_pb2,
    match_service_pb2_grpc,
    posting_pb2,
    posting_service_pb2,
    posting_service_pb2_grpc,
    profile_service_pb2,
    profile_service_pb2_grpc,
    role_service_pb2,
    role_service_pb2_grpc,
)
from blacklight_matching.app import APP
from blacklight_servicekit.ids import new_id
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy import text

PATIENCE = 60.0


@dataclass
class Wire:
    """Stubs of the running service."""

    app: Any
    tokens: Any

    def __post_init__(self) -> None:
        channel = self.app.channel
        self.postings = posting_service_pb2_grpc.PostingServiceStub(channel)
        self.profiles = profile_service_pb2_grpc.CandidateProfileServiceStub(channel)
        self.matches = match_service_pb2_grpc.MatchServiceStub(channel)
        self.roles = role_service_pb2_grpc.RoleServiceStub(channel)

    def take_in(self, *drafts, **order):
        request = posting_service_pb2.ImportPostingsRequest(
            batch_id=str(order.pop("batch_id", new_id())), platform="dice", postings=drafts, **order
        )
        return self.postings.ImportPostings(request, metadata=self.tokens.service("scraper", "matching"))

    def put(self, tenant_id: UUID, profile):
        request = profile_service_pb2.PutCandidateProfileRequest(profile=profile)
        metadata = self.tokens.service("candidate", "matching", tenant_id)
        return self.profiles.PutCandidateProfile(request, metadata=metadata)

    def forget(self, tenant_id: UUID, candidate_id: str):
        request = profile_service_pb2.DeleteCandidateProfileRequest(candidate_id=candidate_id)
        metadata = self.tokens.service("candidate", "matching", tenant_id)
        return self.profiles.DeleteCandidateProfile(request, metadata=metadata)

    def listed(self, user, candidate_id: str):
        request = match_service_pb2.ListCandidateMatchesRequest(candidate_id=candidate_id)
        return self.matches.ListCandidateMatches(request, metadata=user).matches

    def create(self, user, draft) -> str:
        request = posting_service_pb2.CreatePostingRequest(posting=draft)
        return self.postings.CreatePosting(request, metadata=user).posting_id

    def waits(self) -> int:
        """How many postings are not matched yet."""
        with self.app.database.platform_transaction() as session:
            told = "SELECT count(*) FROM outbox WHERE kind = 'postings.waiting'"
            return session.scalar(text(f"SELECT (SELECT count(*) FROM posting_intake) + ({told})"))


@pytest.fixture
def wire(serve_app, tokens) -> Wire:
    """The service, serving."""
    return Wire(serve_app(APP), tokens)


@pytest.fixture
def working(serve_app, work_app, make_settings, tokens) -> Wire:
    """The service, serving and working on one database."""
    settings = make_settings(APP, temporal=True)
    work_app(APP, settings=settings)
    return Wire(serve_app(APP, settings=settings), tokens)


def a_draft(number: int = 1, **changed: Any) -> posting_pb2.PostingDraft:
    values: dict[str, Any] = {
        "platform_job_id": f"job-{number}",
        "title": "Java Developer",
        "company": f"Company {number}",
        "location": "Dallas, TX",
        "description": f"Opening {number} in our billing team.\nJava and SQL are required.\n5+ years of experience.",
        "url": f"https://board.example/{number}",
    }
    return posting_pb2.PostingDraft(**(values | changed))


def a_profile(candidate_id: str = "", **changed: Any) -> profile_service_pb2.CandidateProfile:
    values: dict[str, Any] = {
        "candidate_id": candidate_id or str(new_id()),
        "version": 1,
        "display_name": "Robin Example",
        "matchable": True,
        "current_title": "Java Developer",
        "experience_years": 7,
        "skills": [profile_service_pb2.SkillEvidence(name="core java", sentence="Wrote Java for years.")],
        "summary": "Builds billing software.",
    }
    return profile_service_pb2.CandidateProfile(**(values | changed))


def until(ask: Callable[[], Any]) -> Any:
    """The first answer that is not empty."""
    end = time.monotonic() + PATIENCE
    while not (found := ask()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)
    return found


def refusal(call: Callable[[], Any]) -> tuple[grpc.StatusCode, str]:
    """Code and field (or reason) of the error."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    status = rpc_status.from_call(raised.value)
    names = []
    for detail in status.details:
        bad, info = error_details_pb2.BadRequest(), error_details_pb2.ErrorInfo()
        if detail.Unpack(bad):
            names.insert(0, bad.field_violations[0].field)
        elif detail.Unpack(info):
            names.append(info.reason)
    return raised.value.code(), names[0]


def test_a_candidate_and_postings_become_matches_in_the_background(working, tokens):
    tenant_id, profile = new_id(), a_profile()
    user = tokens.user(tenant_id)
    assert working.put(tenant_id, profile).applied
    answer = working.take_in(*[a_draft(n) for n in range(30)])
    assert {row.outcome for row in answer.results} == {posting_service_pb2.ROW_OUTCOME_NEW}
    matches = until(lambda: working.listed(user, profile.candidate_id))
    until(lambda: len(working.listed(user, profile.candidate_id)) == 30)
    match = matches[0]
    assert match.matched_skills == ["Java"]
    assert match.missing_skills == ["SQL"]
    explained = working.matches.ExplainMatch(
        match_service_pb2.ExplainMatchRequest(match_id=match.match_id), metadata=user
    )
    assert sum(part.contribution for part in explained.parts) == explained.match.score == match.score
    shown = explained.parts[0].evidence[0]
    assert (shown.subject, shown.matched, shown.resume_sentence) == ("Java", True, "Wrote Java for years.")
    assert "Java and SQL are required." in shown.posting_sentence
    (role,) = working.roles.ListRoles(role_service_pb2.ListRolesRequest(), metadata=tokens.platform_admin()).roles
    assert role.name == "Java Developer"


RESUME = (
    "Robin Example\n\nBuilds billing\nsoftware. Likes it.\n\n"
    "Java Developer\nInitech  2019 - present\n• Wrote Java\nhere."
)


def placed(words: str) -> dict[str, Any]:
    """Where words of the résumé stand, and how they are quoted."""
    start = RESUME.index(words)
    return {"text": " ".join(words.split()), "start": start, "end": start + len(words)}


def test_every_sentence_of_an_explanation_stands_where_it_is_said_to_stand(working, tokens):
    tenant_id, shown = new_id(), placed("Wrote Java\nhere.")
    java = profile_service_pb2.SkillEvidence(
        name="Java",
        start=RESUME.index("Java\nhere"),
        end=RESUME.index("\nhere"),
        sentence=shown["text"],
        sentence_start=shown["start"],
        sentence_end=shown["end"],
    )
    profile = a_profile(
        skills=[java, profile_service_pb2.SkillEvidence(name="SQL")],
        experience_evidence=["2019 to present at Initech as Java Developer"],
        experience_quotes=[profile_service_pb2.Quote(**placed("Java Developer\nInitech  2019 - present"))],
        opening=profile_service_pb2.Quote(**placed("Builds billing\nsoftware.")),
    )
    typed = a_profile(skills=list(profile.skills), opening=profile_service_pb2.Quote(text="Typed."))
    user = tokens.user(tenant_id)
    working.put(tenant_id, profile)
    working.put(tenant_id, typed)
    working.take_in(a_draft())
    (match,) = until(lambda: working.listed(user, profile.candidate_id))
    ask = posting_service_pb2.GetPostingRequest(posting_id=match.posting_id)
    posting = working.postings.GetPosting(ask, metadata=user)
    told = working.matches.ExplainMatch(match_service_pb2.ExplainMatchRequest(match_id=match.match_id), metadata=user)
    read = {"resume": RESUME, "posting": f"{posting.title}\n\n{posting.description}"}
    found = {(part.name, side) for part in told.parts for each in part.evidence for side in quoted(each, read)}
    assert found == {(part, side) for part in ("skills", "experience", "semantic") for side in read}
    (match,) = until(lambda: working.listed(user, typed.candidate_id))
    told = working.matches.ExplainMatch(match_service_pb2.ExplainMatchRequest(match_id=match.match_id), metadata=user)
    (opening,) = [part.evidence[0] for part in told.parts if part.name == "semantic"]
    assert (opening.resume_sentence, opening.HasField("resume_start")) == ("Typed.", False)


def quoted(evidence: Any, read: dict[str, str]) -> list[str]:
    """Which sides an evidence quotes, each from where it says."""
    sides = [side for side in read if getattr(evidence, f"{side}_sentence")]
    for side in sides:
        span = slice(getattr(evidence, f"{side}_start"), getattr(evidence, f"{side}_end"))
        assert " ".join(read[side][span].split()) == " ".join(getattr(evidence, f"{side}_sentence").split()), side
    return sides


def test_postings_meet_a_candidate_that_comes_later_and_one_that_changes(working, tokens):
    tenant_id, profile = new_id(), a_profile()
    user = tokens.user(tenant_id)
    working.take_in(*[a_draft(n) for n in range(5)])
    working.put(tenant_id, profile)
    before = until(lambda: working.listed(user, profile.candidate_id))[0].score
    profile.version = 2
    profile.skills.append(profile_service_pb2.SkillEvidence(name="SQL"))
    assert working.put(tenant_id, profile).applied
    until(lambda: working.listed(user, profile.candidate_id)[0].score > before)


def test_a_deleted_candidate_has_no_matches_left(working, tokens):
    tenant_id, profile = new_id(), a_profile()
    user = tokens.user(tenant_id)
    working.take_in(a_draft())
    working.put(tenant_id, profile)
    until(lambda: working.listed(user, profile.candidate_id))
    working.forget(tenant_id, profile.candidate_id)
    assert refusal(lambda: working.listed(user, profile.candidate_id)) == (grpc.StatusCode.NOT_FOUND, "candidate_id")
    assert not working.put(tenant_id, profile).applied


def test_a_list_that_loses_one_of_its_best_is_refilled_in_the_background(working, tokens, monkeypatch):
    monkeypatch.setattr("blacklight_matching.matches.keeping.service.MOST_MATCHES", 3)
    tenant_id, profile = new_id(), a_profile()
    user = tokens.user(tenant_id)
    created = {working.create(user, a_draft(n)) for n in range(5)}
    until(lambda: working.waits() == 0)
    working.put(tenant_id, profile)
    best = [match.posting_id for match in until(lambda: working.listed(user, profile.candidate_id))]
    assert (len(best), len(created)) == (3, 5)
    request = posting_service_pb2.DeletePostingRequest(posting_id=best[0])
    working.postings.DeletePosting(request, metadata=user)
    refilled = until(lambda: len(found := working.listed(user, profile.candidate_id)) == 3 and found)
    now = {match.posting_id for match in refilled}
    assert set(best[1:]) < now < created - {best[0]}


def test_a_match_is_judged_over_the_wire(working, tokens):
    tenant_id, profile = new_id(), a_profile()
    user = tokens.user(tenant_id)
    working.take_in(a_draft())
    working.put(tenant_id, profile)
    (match,) = until(lambda: working.listed(user, profile.candidate_id))
    rejected = working.matches.RejectMatch(
        match_service_pb2.RejectMatchRequest(match_id=match.match_id, reason="Too far", etag=match.etag),
        metadata=user,
    )
    assert rejected.state == match_pb2.MATCH_STATE_REJECTED
    stale = match_service_pb2.ShortlistMatchRequest(match_id=match.match_id, etag=match.etag)
    code, field = refusal(lambda: working.matches.ShortlistMatch(stale, metadata=user))
    assert (code, field) == (grpc.StatusCode.ABORTED, "etag")
    other = tokens.user(new_id())
    foreign = match_service_pb2.GetMatchRequest(match_id=match.match_id)
    code, _ = refusal(lambda: working.matches.GetMatch(foreign, metadata=other))
    assert code is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"company": ""}, "company"),
        ({"description": "x" * 100_001}, "description"),
        ({"url": "not a url"}, "url"),
        ({"posted_date": "next Tuesday"}, "posted_date"),
        ({"salary_min": -1.0}, "salary_min"),
    ],
)
def test_a_bad_row_is_answered_and_stops_no_other(wire, changed, field):
    bad, good = wire.take_in(a_draft(1, **changed), a_draft(2)).results
    assert (bad.outcome, bad.field, bad.posting_id) == (posting_service_pb2.ROW_OUTCOME_REJECTED, field, "")
    assert bad.reason
    assert bad.message
    assert good.outcome == posting_service_pb2.ROW_OUTCOME_NEW


def test_text_with_nul_characters_is_taken_without_them(wire, tokens):
    (row,) = wire.take_in(a_draft(1, title="Java\x00 Developer", platform_job_id="job\x00-1")).results
    request = posting_service_pb2.GetPostingRequest(posting_id=row.posting_id)
    posting = wire.postings.GetPosting(request, metadata=tokens.user(new_id()))
    assert (posting.title, posting.platform_job_id) == ("Java Developer", "job-1")
    search = posting_service_pb2.ListPostingsRequest(search="java\x00")
    assert not wire.postings.ListPostings(search, metadata=tokens.user(new_id())).postings
    assert wire.put(new_id(), a_profile(display_name="Ro\x00bin", summary="\x00")).applied


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (posting_service_pb2.ImportPostingsRequest(batch_id="x", platform="dice", postings=[a_draft()]), "batch_id"),
        (posting_service_pb2.ImportPostingsRequest(batch_id=str(new_id()), postings=[a_draft()]), "platform"),
        (posting_service_pb2.ImportPostingsRequest(batch_id=str(new_id()), platform="dice"), "postings"),
    ],
)
def test_a_malformed_batch_is_refused_by_field(wire, tokens, request_, field):
    metadata = tokens.service("scraper", "matching")
    code, named = refusal(lambda: wire.postings.ImportPostings(request_, metadata=metadata))
    assert (code, named) == (grpc.StatusCode.INVALID_ARGUMENT, field)


def test_users_cannot_import_or_put(wire, tokens):
    user = tokens.user(new_id())
    batch = posting_service_pb2.ImportPostingsRequest(batch_id=str(new_id()), platform="dice", postings=[a_draft()])
    put = profile_service_pb2.PutCandidateProfileRequest(profile=a_profile())
    for call in (
        lambda: wire.postings.ImportPostings(batch, metadata=user),
        lambda: wire.profiles.PutCandidateProfile(put, metadata=user),
    ):
        assert refusal(call)[0] is grpc.StatusCode.PERMISSION_DENIED
