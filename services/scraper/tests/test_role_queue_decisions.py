"""The queue: told idempotently, decided once and for good (D-13)."""

from __future__ import annotations

from typing import Any

import grpc
from blacklight.scraper.v1 import role_queue_service_pb2 as pb
from blacklight_servicekit.ids import new_id


def test_keeps_the_newest_version_however_often_and_in_whatever_order_it_is_told(scraper: Any) -> None:
    role_id = str(new_id())
    assert scraper.put_role(role_id, "Java Developer", 2, candidate_count=4, aliases=["J2EE Developer"])
    assert not scraper.put_role(role_id, "Java Developer", 2)
    assert not scraper.put_role(role_id, "Java", 1)
    role = scraper.role(role_id)
    assert (role.name, role.version, role.candidate_count) == ("Java Developer", 2, 4)
    assert list(role.aliases) == ["J2EE Developer"]
    assert role.approval == pb.APPROVAL_PENDING
    assert role.priority == pb.PRIORITY_NORMAL


def test_never_opens_a_rejected_role_again(scraper: Any, failure_of: Any) -> None:
    role_id = scraper.add_role()
    request = pb.RejectQueuedRoleRequest(role_id=role_id)
    scraper.queue.RejectQueuedRole(request, metadata=scraper.admin)
    assert scraper.put_role(role_id, "Java Developer", 9)
    assert scraper.role(role_id).approval == pb.APPROVAL_REJECTED
    assert failure_of(lambda: scraper.approve(role_id)).reason == "ROLE_REJECTED"


def test_approves_with_a_priority_and_stays_approved(scraper: Any) -> None:
    role_id = scraper.add_role(approve=False)
    assert scraper.approve(role_id, pb.PRIORITY_HIGH).priority == pb.PRIORITY_HIGH
    before = scraper.role(role_id).etag
    again = scraper.approve(role_id)
    assert (again.approval, again.priority, again.etag) == (pb.APPROVAL_APPROVED, pb.PRIORITY_HIGH, before)


def test_lists_by_name_in_pages_and_by_approval(scraper: Any, failure_of: Any) -> None:
    for name in ("Cook", "Baker", "Dancer", "Accountant"):
        scraper.add_role(name, approve=name != "Cook")
    approved, token = [], ""
    while True:
        request = pb.ListQueuedRolesRequest(page_size=2, page_token=token, approval=pb.APPROVAL_APPROVED)
        answer = scraper.queue.ListQueuedRoles(request, metadata=scraper.admin)
        approved += [role.name for role in answer.roles]
        if not answer.next_page_token:
            break
        token = answer.next_page_token
    assert approved == ["Accountant", "Baker", "Dancer"]
    other = pb.ListQueuedRolesRequest(page_size=2, page_token=token)
    failed = failure_of(lambda: scraper.queue.ListQueuedRoles(other, metadata=scraper.admin))
    assert (failed.reason, failed.fields) == ("PAGE_TOKEN_MISMATCH", ("page_token",))


def test_answers_an_unknown_role_with_not_found(scraper: Any, failure_of: Any) -> None:
    failed = failure_of(lambda: scraper.role(str(new_id())))
    assert (failed.code, failed.reason) == (grpc.StatusCode.NOT_FOUND.name, "QUEUED_ROLE_NOT_FOUND")


def decided(verdict: Any, version: int, **more: Any) -> dict[str, Any]:
    return {"decision": verdict, "decision_version": version, **more}


def test_heeds_each_decision_on_the_role_itself_once(scraper: Any) -> None:
    role_id = scraper.add_role(approve=False)
    scraper.put_role(role_id, "Java Developer", 2, **decided(pb.ROLE_DECISION_APPROVED, 1))
    assert scraper.role(role_id).approval == pb.APPROVAL_APPROVED
    scraper.queue.RejectQueuedRole(pb.RejectQueuedRoleRequest(role_id=role_id), metadata=scraper.admin)
    scraper.put_role(role_id, "Java Developer", 3, **decided(pb.ROLE_DECISION_APPROVED, 1))
    assert scraper.role(role_id).approval == pb.APPROVAL_REJECTED, "decided here since, and told of nothing newer"
    scraper.put_role(role_id, "Java Developer", 4, **decided(pb.ROLE_DECISION_APPROVED, 2))
    assert scraper.role(role_id).approval == pb.APPROVAL_APPROVED
    scraper.put_role(role_id, "Java Developer", 5, **decided(pb.ROLE_DECISION_REJECTED, 3))
    assert scraper.role(role_id).approval == pb.APPROVAL_REJECTED


def test_a_merged_role_leaves_its_targets_and_its_approval_to_the_other(scraper: Any, failure_of: Any) -> None:
    source, target = scraper.add_role("Java Dev"), str(new_id())
    for role_id, place in ((source, "Dallas, TX"), (source, "Austin, TX")):
        request = pb.CreateQueueTargetRequest(role_id=role_id, location=place, approved=True)
        scraper.queue.CreateQueueTarget(request, metadata=scraper.admin)
    merge = decided(pb.ROLE_DECISION_MERGED, 1, merged_into=target)
    refused = failure_of(lambda: scraper.put_role(source, "Java Dev", 9, **merge))
    assert refused.reason == "MERGE_TARGET_UNKNOWN", "told again later, when the other is known"
    scraper.put_role(target, "Java Developer", 1)
    shared = pb.CreateQueueTargetRequest(role_id=target, location="Austin, TX")
    scraper.queue.CreateQueueTarget(shared, metadata=scraper.admin)
    scraper.put_role(source, "Java Dev", 9, **merge)
    assert scraper.role(source).approval == pb.APPROVAL_REJECTED
    assert scraper.role(target).approval == pb.APPROVAL_APPROVED
    listed = scraper.queue.ListQueueTargets(pb.ListQueueTargetsRequest(role_id=target), metadata=scraper.admin)
    assert sorted(each.location for each in listed.targets) == ["", "Austin, TX", "Dallas, TX"]


def test_a_merge_names_the_role_it_goes_into(scraper: Any, failure_of: Any) -> None:
    role_id = scraper.add_role()
    for wrong in (
        decided(pb.ROLE_DECISION_MERGED, 1),
        decided(pb.ROLE_DECISION_REJECTED, 1, merged_into=str(new_id())),
    ):
        failed = failure_of(lambda wrong=wrong: scraper.put_role(role_id, "Java", 9, **wrong))
        assert failed.fields == ("merged_into",)
