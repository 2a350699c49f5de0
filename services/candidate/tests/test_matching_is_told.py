"""Matching learns of every profile with the sentences it rests on, and forgets the deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
from blacklight.matching.v1 import profile_service_pb2 as matching
from blacklight.matching.v1 import profile_service_pb2_grpc as matching_grpc
from blacklight.matching.v1 import work_pb2
from blacklight_candidate.app import APP
from blacklight_candidate.candidates.service import CandidateService
from blacklight_candidate.profiles.events import ProfileEvents
from blacklight_candidate.profiles.service import ProfileService
from blacklight_candidate.resumes.files import FileStore
from blacklight_candidate.resumes.service import ResumeService, delete_resumes_of
from blacklight_servicekit import validation
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.relay import Event
from sqlalchemy import text


class Receiver(matching_grpc.CandidateProfileServiceServicer):
    """The receiving end of the contract: keeps what it is told, and the tenants' tokens it is told with."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.refuse: list[grpc.StatusCode] = []

    def PutCandidateProfile(self, request: Any, context: Any) -> Any:
        if self.refuse:
            context.abort(self.refuse.pop(), "not now")
        validation.check(request)
        assert dict(context.invocation_metadata())["authorization"].startswith("Bearer ")
        self.told.append(request.profile)
        return matching.PutCandidateProfileResponse(applied=True)

    def DeleteCandidateProfile(self, request: Any, context: Any) -> Any:
        validation.check(request)
        self.told.append(request.candidate_id)
        return matching.DeleteCandidateProfileResponse()


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    server = grpc.server(futures.ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    received = Receiver()
    matching_grpc.add_CandidateProfileServiceServicer_to_server(received, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield received, f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture
def told(receiver: tuple[Receiver, str], make_service: Callable[..., Any], work_app: Any) -> tuple[Any, Receiver]:
    received, address = receiver
    service = make_service(temporal=True, peers={"matching": address})
    work_app(APP, settings=service.settings)
    return service, received


def test_a_candidate_is_told_of_when_it_is_made(told: tuple[Any, Receiver]) -> None:
    """It can be submitted from then on, though it takes no part in matching."""
    service, receiver = told
    candidate = service.api.create("Ann", current_title="Tester")
    profile = service.until(lambda: receiver.told, bool)[0]
    assert (profile.candidate_id, profile.current_title, profile.matchable) == (candidate.candidate_id, "Tester", False)


def test_a_filled_profile_is_told_with_its_evidence(told: tuple[Any, Receiver]) -> None:
    service, receiver = told
    candidate = service.api.create("Ann", preferred_roles=["Java Developer"])
    resume = service.api.upload(candidate.candidate_id, service.ann)
    profile = service.until(lambda: [each for each in receiver.told if each.resume_id], bool)[-1]
    assert (profile.candidate_id, profile.resume_id) == (candidate.candidate_id, resume.resume_id)
    assert (profile.display_name, profile.matchable) == ("Ann Example", True)
    assert list(profile.preferred_roles) == ["Java Developer"]
    assert profile.current_title == "Senior Java Developer"
    assert profile.experience_evidence[0] == "Jan 2015 to present at Initech LLC as Senior Java Developer"
    skills = {skill.name: skill for skill in profile.skills}
    text = service.api.resume(candidate.candidate_id, resume.resume_id).parsed.text
    java = skills["Java"]
    assert text[java.start : java.end] == "Java"
    assert java.sentence == "Built payment services in Java and Spring Boot, moving 3 million orders a day."
    assert "Zorgblat" in skills["Zorgblat"].sentence
    assert "example.com" not in str(profile)
    said = [(skill.sentence, skill.sentence_start, skill.sentence_end) for skill in profile.skills if skill.sentence]
    quotes = [*profile.experience_quotes, profile.opening]
    said += [(quote.text, quote.start, quote.end) for quote in quotes]
    assert len(profile.experience_quotes) == len(profile.experience_evidence) > 0
    assert [" ".join(text[start:end].split()) for _, start, end in said] == [sentence for sentence, _, _ in said]
    assert all(sentence for sentence, _, _ in said)


def test_a_typed_skill_has_no_sentence_and_a_change_a_newer_version(told: tuple[Any, Receiver]) -> None:
    service, receiver = told
    candidate = service.api.create("Ann")
    resume = service.api.upload(candidate.candidate_id, service.ann)
    service.api.processed(candidate.candidate_id, resume.resume_id)
    service.api.update(candidate.candidate_id, ["skills"], skills=["COBOL"])
    profile = service.until(
        lambda: [each for each in receiver.told if [skill.name for skill in each.skills] == ["COBOL"]], bool
    )[0]
    assert (profile.skills[0].sentence, profile.skills[0].sentence_end) == ("", 0)
    assert profile.version > min(each.version for each in receiver.told)


def test_what_work_a_person_takes_is_told(told: tuple[Any, Receiver]) -> None:
    service, receiver = told
    candidate = service.api.create("Ann")
    remote = work_pb2.WorkPreferences(workplaces=[work_pb2.WORKPLACE_REMOTE], open_to_relocation=False)
    service.api.update(candidate.candidate_id, ["preferences"], preferences=remote)
    assert service.until(lambda: [each for each in receiver.told if each.preferences == remote], bool)


def test_a_change_that_matching_does_not_need_is_not_told(told: tuple[Any, Receiver]) -> None:
    service, receiver = told
    candidate = service.api.create("Ann")
    service.api.update(candidate.candidate_id, ["phone"], phone="1")
    service.api.update(candidate.candidate_id, ["summary"], summary="told")
    _until_all_is_told(service)
    assert len(receiver.told) == 2, "when it was made, and when the summary changed"
    assert receiver.told[-1].summary == "told"
    assert not receiver.told[-1].matchable


def test_what_matching_could_not_take_is_told_again(told: tuple[Any, Receiver]) -> None:
    service, receiver = told
    receiver.refuse.append(grpc.StatusCode.UNAVAILABLE)
    candidate = service.api.create("Ann")
    service.api.update(candidate.candidate_id, ["summary"], summary="once more")
    assert service.until(lambda: [each for each in receiver.told if each.summary == "once more"], bool)


def test_a_deleted_candidate_is_forgotten_last(told: tuple[Any, Receiver]) -> None:
    service, receiver = told
    candidate = service.api.create("Ann")
    for number in range(5):
        service.api.update(candidate.candidate_id, ["summary"], summary=str(number))
    service.api.delete(candidate.candidate_id)
    _until_all_is_told(service)
    assert receiver.told[-1] == candidate.candidate_id


def _until_all_is_told(service: Any) -> None:
    def waiting() -> int:
        with service.app.database.platform_transaction() as session:
            return int(session.scalar(text("SELECT count(*) FROM outbox")) or 0)

    service.until(waiting, lambda count: count == 0)


def test_a_delivery_that_met_the_deletion_takes_it_back(service: Any) -> None:
    """The profile was read, the candidate deleted and its deletion told, and only then the profile arrived."""
    candidate = service.api.create("Ann")
    database = service.app.database
    candidates = CandidateService(database, utc_now, [delete_resumes_of])
    resumes = ResumeService(database, utc_now, FileStore(service.folder.as_uri()), candidates)
    order: list[str] = []

    class Delivery(ProfileEvents):
        async def _put(self, tenant_id: Any, profile: Any) -> None:
            service.api.delete(candidate.candidate_id)
            order.append("put")

        async def _delete(self, tenant_id: Any, candidate_id: Any) -> None:
            order.append("delete")

    delivery = Delivery(ProfileService(database, candidates, resumes), service.app.kit.clients)
    event = Event(new_id(), "candidate.profile_changed", service.tenant, {"candidate_id": candidate.candidate_id}, 1)
    asyncio.run(delivery.changed(event))
    assert order == ["put", "delete"]
