"""Candidates are created, read, changed and deleted within their tenant."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import grpc
import pytest
from blacklight.candidate.v1 import candidate_pb2 as pb
from blacklight.matching.v1 import work_pb2
from blacklight_servicekit.ids import new_id
from sqlalchemy import text


def test_creates_a_candidate_in_intake(api: Any) -> None:
    made = api.create("Ann", family_name="Example", skills=["Java", "java", "SQL"], experience_years=3)
    assert made.state == pb.CANDIDATE_STATE_INTAKE
    assert list(made.skills) == ["Java", "SQL"]
    assert made.etag
    assert api.get(made.candidate_id) == made


def test_unknown_years_stay_absent(api: Any) -> None:
    assert not api.create().HasField("experience_years")


def test_zero_years_are_not_unknown(api: Any) -> None:
    made = api.get(api.create(experience_years=0).candidate_id)
    assert made.HasField("experience_years")


def test_the_same_request_id_creates_one_candidate(service: Any) -> None:
    request_id = str(uuid4())
    first = service.api.create("Ann", request_id=request_id)
    assert service.api.create("Ann", request_id=request_id) == first
    assert len(service.api.page().candidates) == 1
    refused = service.refusal(lambda: service.api.create("Bob", request_id=request_id))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "REQUEST_ID_REUSED")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"given_name": ""}, "candidate.given_name"),
        ({"given_name": " \t "}, "candidate.given_name"),
        ({"email": "no address"}, "candidate.email"),
        ({"experience_years": 71}, "candidate.experience_years"),
        ({"preferred_roles": [f"role {number}" for number in range(11)]}, "candidate.preferred_roles"),
        ({"skills": ["x" * 101]}, "candidate.skills[0]"),
    ],
)
def test_names_the_field_at_fault(service: Any, fields: dict[str, Any], field: str) -> None:
    refused = service.refusal(lambda: service.api.create(**fields))
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.field == field


def test_control_characters_do_not_reach_the_row(api: Any) -> None:
    made = api.create("An\0n", location="Dal\r\nlas", summary="one\r\ntwo\x07")
    assert (made.given_name, made.location, made.summary) == ("An n", "Dal las", "one\ntwo")


def test_another_tenants_candidate_looks_absent(service: Any) -> None:
    made = service.api.create()
    other = service.user(new_id())
    absent = service.refusal(lambda: other.get(str(new_id())))
    foreign = service.refusal(lambda: other.get(made.candidate_id))
    assert (foreign.code, foreign.reason) == (absent.code, absent.reason)
    assert absent.code is grpc.StatusCode.NOT_FOUND
    refused = service.refusal(lambda: other.update(made.candidate_id, ["phone"], phone="1"))
    assert refused.code is grpc.StatusCode.NOT_FOUND
    other.delete(made.candidate_id)
    assert other.page().candidates == []
    assert service.api.get(made.candidate_id) == made


def test_asks_for_the_permission(service: Any) -> None:
    reader = service.user(service.tenant, permissions=["candidates.view"])
    refused = service.refusal(lambda: reader.create())
    assert refused.code is grpc.StatusCode.PERMISSION_DENIED


def test_an_update_writes_the_masked_fields_only(api: Any) -> None:
    made = api.create("Ann", phone="1", location="Dallas")
    changed = api.update(made.candidate_id, ["phone"], phone="2", location="ignored")
    assert (changed.phone, changed.location, changed.given_name) == ("2", "Dallas", "Ann")
    assert changed.etag != made.etag
    assert changed.update_time.ToNanoseconds() >= made.update_time.ToNanoseconds()


def test_an_update_checks_the_masked_fields_only(service: Any) -> None:
    made = service.api.create()
    service.api.update(made.candidate_id, ["phone"], phone="2", email="not checked")
    refused = service.refusal(lambda: service.api.update(made.candidate_id, ["email"], email="checked"))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "email")


def test_an_empty_value_in_the_mask_clears_the_field(api: Any) -> None:
    made = api.create(experience_years=5, skills=["Java"])
    changed = api.update(made.candidate_id, ["experience_years", "skills"])
    assert not changed.HasField("experience_years")
    assert list(changed.skills) == []


@pytest.mark.parametrize(("mask", "reason"), [(["state"], "UNKNOWN_FIELD"), (["nonsense"], "UNKNOWN_FIELD"), ([], "")])
def test_refuses_a_mask_that_cannot_be_written(service: Any, mask: list[str], reason: str) -> None:
    made = service.api.create()
    refused = service.refusal(lambda: service.api.update(made.candidate_id, mask))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "update_mask")
    assert refused.reason == (reason or refused.reason)


def test_refuses_an_update_that_names_no_candidate(service: Any) -> None:
    refused = service.refusal(lambda: service.api.update("", ["phone"]))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "candidate.candidate_id")


def test_an_old_etag_refuses_the_update(service: Any) -> None:
    made = service.api.create()
    service.api.update(made.candidate_id, ["phone"], etag=made.etag, phone="1")
    refused = service.refusal(lambda: service.api.update(made.candidate_id, ["phone"], etag=made.etag, phone="2"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert service.api.get(made.candidate_id).phone == "1"


def test_an_old_etag_refuses_the_deletion(service: Any) -> None:
    made = service.api.create()
    service.api.update(made.candidate_id, ["phone"], phone="1")
    refused = service.refusal(lambda: service.api.delete(made.candidate_id, etag=made.etag))
    assert refused.reason == "ETAG_MISMATCH"


def test_deleting_twice_is_a_success(service: Any) -> None:
    made = service.api.create()
    service.api.delete(made.candidate_id)
    service.api.delete(made.candidate_id)
    assert service.refusal(lambda: service.api.get(made.candidate_id)).reason == "CANDIDATE_NOT_FOUND"


def test_every_change_grows_the_version(service: Any) -> None:
    made = service.api.create()
    versions = []
    for phone in "123":
        service.api.update(made.candidate_id, ["phone"], phone=phone)
        with service.app.database.transaction(service.tenant) as session:
            versions.append(session.scalar(text("SELECT version FROM candidates")))
    assert versions == [2, 3, 4]


def test_changes_are_audited_without_their_values(service: Any) -> None:
    made = service.api.create("Ann", email="ann@example.com")
    service.api.update(made.candidate_id, ["email", "phone"], email="new@example.com", phone="555")
    service.api.delete(made.candidate_id)
    with service.app.database.transaction(service.tenant) as session:
        rows = session.execute(text("SELECT action, changes::text FROM audit_log ORDER BY sequence")).all()
    assert [row.action for row in rows] == ["candidate.created", "candidate.updated", "candidate.deleted"]
    assert '"email", "phone"' in rows[1].changes
    assert "example.com" not in str(rows)


def test_keeps_what_work_a_person_takes(service: Any) -> None:
    wanted = work_pb2.WorkPreferences(
        work_authorization=work_pb2.WORK_AUTHORIZATION_H1B,
        needs_sponsorship=False,
        locations=[" Dallas,  TX ", "dallas, tx", "Austin, TX"],
        contract_types=[work_pb2.CONTRACT_TYPE_C2C],
        least_pay=work_pb2.Pay(min=70, currency="usd", period=work_pb2.PAY_PERIOD_HOUR),
    )
    made = service.api.create("Ann", preferences=wanted)
    kept = service.api.get(made.candidate_id).preferences
    assert list(kept.locations) == ["Dallas, TX", "Austin, TX"]
    assert kept.HasField("needs_sponsorship")
    assert not kept.needs_sponsorship
    assert not kept.HasField("open_to_relocation")
    assert (kept.least_pay.min, kept.least_pay.currency) == (70, "USD")
    cleared = service.api.update(made.candidate_id, ["preferences"], preferences=work_pb2.WorkPreferences())
    assert cleared.preferences == work_pb2.WorkPreferences()


@pytest.mark.parametrize(
    ("pay", "field"),
    [
        ({"min": 70, "period": work_pb2.PAY_PERIOD_HOUR}, "currency"),
        ({"min": 70, "currency": "USD"}, "period"),
    ],
)
def test_a_least_pay_says_of_what(service: Any, pay: dict[str, Any], field: str) -> None:
    preferences = work_pb2.WorkPreferences(least_pay=work_pb2.Pay(**pay))
    refused = service.refusal(lambda: service.api.create("Ann", preferences=preferences))
    assert (refused.reason, refused.field) == ("INCOMPLETE_PAY", f"candidate.preferences.least_pay.{field}")
