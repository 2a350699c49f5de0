"""Targets: demanded by matching, made and decided by administrators, claimed in one order (3.13, D-7, D-13, P-99)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from blacklight.scraper.v1 import role_queue_service_pb2 as pb
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import insert, text

from services.scraper.tests.queue_rig import Rig, add_target, events, targets

DEMANDS = "services/scraper/src/blacklight_scraper/queue/demands/service.py"
TARGETS = "services/scraper/src/blacklight_scraper/queue/targets/service.py"
MODELS = "services/scraper/src/blacklight_scraper/queue/models.py"


@pytest.fixture
def rig(scraper: Any) -> Rig:
    return Rig(scraper)


def put(scraper: Any, role_id: str, version: int, *demands: tuple[str, str, int]) -> bool:
    told = [pb.RoleDemand(location=place, candidate_query=query, candidate_count=n) for place, query, n in demands]
    return bool(scraper.put_role(role_id, "Java Developer", version, demands=told))


def keys(scraper: Any, **asked: Any) -> dict[tuple[str, str], int]:
    """Places and queries with their demand."""
    return {(each.location, each.candidate_query): each.candidate_count for each in targets(scraper, **asked).targets}


def approve(scraper: Any, *target_ids: str, all_pending: bool = False) -> int:
    request = pb.ApproveQueueTargetsRequest(target_ids=target_ids, all_pending=all_pending)
    return int(scraper.queue.ApproveQueueTargets(request, metadata=scraper.admin).approved)


def reject(scraper: Any, target_id: str) -> Any:
    return scraper.queue.RejectQueueTarget(pb.RejectQueueTargetRequest(target_id=target_id), metadata=scraper.admin)


def delete(scraper: Any, target_id: str) -> None:
    scraper.queue.DeleteQueueTarget(pb.DeleteQueueTargetRequest(target_id=target_id), metadata=scraper.admin)


def stats(scraper: Any) -> Any:
    return scraper.queue.GetQueueStats(pb.GetQueueStatsRequest(), metadata=scraper.admin)


def test_keeps_a_target_for_each_demand_besides_the_roles_own(scraper: Any) -> None:
    role_id = str(new_id())
    assert put(scraper, role_id, 1, ("NYC", "", 2), ("new york, new york", "", 1), ("", "spring", 4))
    assert keys(scraper) == {("", ""): 1, ("New York, NY", ""): 3, ("", "spring"): 4}
    own = next(each for each in targets(scraper).targets if not each.location and not each.candidate_query)
    assert (own.target_id, own.approval) == (role_id, pb.APPROVAL_PENDING)
    assert not put(scraper, role_id, 1, ("Dallas", "", 1))
    assert len(keys(scraper)) == 3


@guards("P-42", file=DEMANDS, old="values(demanded=False, candidate_count=0, ", new="values(demanded=False, ")
def test_p42_demand_that_is_gone_counts_no_more(scraper: Any) -> None:
    role_id = str(new_id())
    put(scraper, role_id, 1, ("NYC", "", 2), ("Dallas, TX", "", 5), ("", "spring", 4))
    [dallas] = [each for each in targets(scraper).targets if each.location == "Dallas, TX"]
    approve(scraper, dallas.target_id)
    put(scraper, role_id, 2, ("NYC", "", 1))
    # Nobody had decided on `spring`, so it is gone; what was approved stays, with nobody wanting it.
    assert keys(scraper) == {("", ""): 1, ("New York, NY", ""): 1, ("Dallas, TX", ""): 0}
    put(scraper, role_id, 3, ("Dallas", "", 3))
    assert keys(scraper) == {("", ""): 1, ("Dallas, TX", ""): 3}
    [dallas] = [each for each in targets(scraper).targets if each.location]
    assert dallas.approval == pb.APPROVAL_APPROVED


def test_never_brings_back_what_was_rejected_or_deleted(scraper: Any) -> None:
    role_id = str(new_id())
    put(scraper, role_id, 1, ("NYC", "", 2), ("Dallas", "", 5))
    rejected, deleted = sorted(
        (each for each in targets(scraper).targets if each.location), key=lambda each: each.location, reverse=True
    )
    assert reject(scraper, rejected.target_id).approval == pb.APPROVAL_REJECTED
    delete(scraper, deleted.target_id)
    put(scraper, role_id, 2)
    put(scraper, role_id, 3, ("New York", "", 9), ("dallas, texas", "", 9))
    [left] = [each for each in targets(scraper).targets if each.location]
    assert (left.target_id, left.approval, left.candidate_count) == (rejected.target_id, pb.APPROVAL_REJECTED, 9)


def test_leaves_what_an_administrator_added_when_its_demand_goes(scraper: Any) -> None:
    role_id = scraper.add_role()
    added = add_target(scraper, role_id, "Dallas, TX", approved=False)
    put(scraper, role_id, 2, ("Dallas", "", 5))
    put(scraper, role_id, 3)
    [left] = [each for each in targets(scraper).targets if each.location]
    assert (left.target_id, left.candidate_count) == (added.target_id, 0)


def test_answers_a_target_that_is_there_in_whatever_spelling(scraper: Any, failure_of: Any) -> None:
    role_id = scraper.add_role()
    first = add_target(scraper, role_id, "NYC", "Java  Spring", priority=pb.PRIORITY_HIGH)
    assert (first.location, first.candidate_query, first.priority) == ("New York, NY", "java spring", 3)
    assert add_target(scraper, role_id, "new york , NY", "java spring") == first
    refused = failure_of(lambda: add_target(scraper, role_id, " , "))
    assert (refused.reason, refused.fields) == ("EMPTY_TARGET", ("location",))
    assert failure_of(lambda: add_target(scraper, str(new_id()), "NYC")).reason == "QUEUED_ROLE_NOT_FOUND"


@guards(
    "F-11",
    file=MODELS,
    old='        UniqueConstraint("role_id", "location", "candidate_query"),\n',
    new='        UniqueConstraint("role_id", "location"),\n',
)
def test_f11_targets_of_two_queries_are_two_and_none_is_twice(scraper: Any, rig: Rig) -> None:
    from blacklight_scraper.queue.models import QueueTargetRow
    from sqlalchemy.exc import IntegrityError

    role_id = scraper.add_role()
    first, second = add_target(scraper, role_id, query="spring"), add_target(scraper, role_id, query="kotlin")
    assert first.target_id != second.target_id
    claimed = [rig.claim("dice") for _ in range(3)]
    assert {each.candidate_query for each in claimed} == {"", "spring", "kotlin"}
    unique = {tuple(column.name for column in each.columns) for each in QueueTargetRow.__table__.constraints
              if type(each).__name__ == "UniqueConstraint"}  # fmt: skip
    assert unique == {("role_id", "location", "candidate_query")}
    copied = text(
        "INSERT INTO scraper.queue_targets SELECT gen_random_uuid(), role_id, location, candidate_query, approval,"
        " priority, candidate_count, paused, demanded, last_try_time, last_scrape_time, delete_time, writes,"
        " create_time, update_time FROM scraper.queue_targets WHERE candidate_query = 'spring'"
    )
    with pytest.raises(IntegrityError), scraper.app.database.platform_transaction() as session:
        session.execute(copied)
    with pytest.raises(IntegrityError), scraper.app.database.platform_transaction() as session:
        session.execute(insert(QueueTargetRow).values(role_id=UUID(role_id), candidate_query=None))


def test_approves_targets_by_name_or_all_that_wait(scraper: Any, failure_of: Any) -> None:
    role_id, other = scraper.add_role(), scraper.add_role("Nurse", approve=False)
    waiting = [add_target(scraper, role_id, place, approved=False) for place in ("Dallas", "Austin", "Boston")]
    assert approve(scraper, waiting[0].target_id) == 1
    assert approve(scraper, waiting[0].target_id) == 0
    assert stats(scraper).pending == 2
    assert approve(scraper, all_pending=True) == 2
    assert scraper.role(other).approval == pb.APPROVAL_PENDING
    assert failure_of(lambda: approve(scraper, role_id)).reason == "ROLES_OWN_TARGET"
    assert failure_of(lambda: approve(scraper, str(new_id()))).reason == "QUEUE_TARGET_NOT_FOUND"
    assert failure_of(lambda: approve(scraper)).reason == "TARGETS_OR_ALL"
    assert len(events(scraper, "queue_target.approved")) == 3
    audited = scraper.rows("SELECT count(*) AS n FROM scraper.audit_log WHERE action = 'queue_target.approved'")
    assert audited[0].n == 3


def test_approves_more_than_one_statement_takes(scraper: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("blacklight_scraper.queue.targets.service.APPROVED_AT_ONCE", 2)
    role_id = scraper.add_role()
    for number in range(5):
        add_target(scraper, role_id, query=f"query {number}", approved=False)
    assert approve(scraper, all_pending=True) == 5


def test_gives_out_none_of_a_rejected_roles_targets(scraper: Any, rig: Rig, failure_of: Any) -> None:
    role_id = scraper.add_role()
    add_target(scraper, role_id, "Dallas")
    waits = add_target(scraper, role_id, "Austin", approved=False)
    scraper.queue.RejectQueuedRole(pb.RejectQueuedRoleRequest(role_id=role_id), metadata=scraper.admin)
    assert rig.claim() is None
    assert failure_of(lambda: approve(scraper, waits.target_id)).reason == "ROLE_REJECTED"
    assert failure_of(lambda: add_target(scraper, role_id, "Boston")).reason == "ROLE_REJECTED"
    assert approve(scraper, all_pending=True) == 0
    assert (stats(scraper).approved, stats(scraper).rejected) == (0, 3)


def test_passes_paused_roles_and_targets_by(scraper: Any, rig: Rig, failure_of: Any) -> None:
    role_id = scraper.add_role()
    target = add_target(scraper, role_id, "Dallas")

    def pause(paused: bool, **which: str) -> Any:
        mask = FieldMask(paths=["paused"])
        if "role_id" in which:
            role = pb.QueuedRole(paused=paused, **which)
            request = pb.UpdateQueuedRoleRequest(role=role, update_mask=mask)
            return scraper.queue.UpdateQueuedRole(request, metadata=scraper.admin)
        asked = pb.UpdateQueueTargetRequest(target=pb.QueueTarget(paused=paused, **which), update_mask=mask)
        return scraper.queue.UpdateQueueTarget(asked, metadata=scraper.admin)

    before = scraper.role(role_id).etag
    assert pause(True, role_id=role_id).paused
    assert rig.claim() is None
    assert failure_of(lambda: pause(False, role_id=role_id, etag=before)).reason == "ETAG_MISMATCH"
    pause(False, role_id=role_id)
    assert pause(True, target_id=target.target_id).paused
    assert str(rig.claim().target_id) == role_id
    assert rig.claim() is None
    stale = failure_of(lambda: pause(False, target_id=target.target_id, etag=target.etag))
    assert stale.reason == "ETAG_MISMATCH"


def test_changes_priority_and_refuses_none(scraper: Any, rig: Rig, failure_of: Any) -> None:
    first = scraper.add_role("First", candidate_count=9)
    second = scraper.add_role("Second")

    def write(priority: int, *paths: str) -> Any:
        role = pb.QueuedRole(role_id=second, priority=priority)  # type: ignore[arg-type]
        request = pb.UpdateQueuedRoleRequest(role=role, update_mask=FieldMask(paths=paths or ("priority",)))
        return scraper.queue.UpdateQueuedRole(request, metadata=scraper.admin)

    assert write(pb.PRIORITY_URGENT).priority == pb.PRIORITY_URGENT
    assert [str(rig.claim("dice").role_id) for _ in range(2)] == [second, first]
    assert failure_of(lambda: write(0)).reason == "INVALID_FIELD"
    assert failure_of(lambda: write(1, "name")).reason == "UNKNOWN_FIELD"


@guards("P-44", file=TARGETS, old="row.delete_time = row.update_time", new="session.delete(row)")
def test_p44_a_deleted_target_leaves_the_history_of_its_sessions(scraper: Any, rig: Rig, failure_of: Any) -> None:
    role_id = scraper.add_role()
    target = add_target(scraper, role_id, "Dallas", priority=pb.PRIORITY_URGENT)
    assignment = rig.claim()
    assert failure_of(lambda: delete(scraper, target.target_id)).reason == "TARGET_IN_USE"
    rig.end(assignment)
    delete(scraper, target.target_id)
    session = scraper.session(str(assignment.session_id))
    assert (session.target_id, session.location) == (target.target_id, "Dallas, TX")
    assert keys(scraper) == {("", ""): 1}
    assert failure_of(lambda: delete(scraper, target.target_id)).reason == "QUEUE_TARGET_NOT_FOUND"
    assert failure_of(lambda: delete(scraper, role_id)).reason == "ROLES_OWN_TARGET"
    assert add_target(scraper, role_id, "dallas").target_id == target.target_id


def test_lists_targets_in_the_order_of_claims_in_pages_with_their_number(scraper: Any, rig: Rig) -> None:
    for number in range(4):
        role_id = scraper.add_role(f"Role {number}", candidate_count=number)
        add_target(scraper, role_id, "Dallas", priority=pb.PRIORITY_LOW if number % 2 else pb.PRIORITY_HIGH)
    rig.claim("dice")
    found, token = [], ""
    while True:
        page = targets(scraper, page_size=3, page_token=token)
        assert page.total == 8
        found += [each.target_id for each in page.targets]
        token = page.next_page_token
        if not token:
            break
    assert len(set(found)) == 8
    claimed = []
    while assignment := rig.claim("indeed"):
        claimed.append(str(assignment.target_id))
    assert claimed == found


def test_finds_targets_by_words_of_role_place_and_query(scraper: Any) -> None:
    java, nurse = scraper.add_role(), scraper.add_role("Nurse", approve=False)
    add_target(scraper, java, "Dallas", "spring 100%")
    add_target(scraper, nurse, "Dallas")
    assert targets(scraper, search="dallas").total == 2
    assert targets(scraper, search="JAVA dallas").total == 1
    assert targets(scraper, search="100%").total == 1
    assert targets(scraper, search="d_llas").total == 0
    assert targets(scraper, role_id=nurse).total == 2
    assert targets(scraper, approval=pb.APPROVAL_PENDING).total == 1


def test_says_where_a_target_stands_on_each_platform(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    assignment = rig.claim("dice")
    [target] = targets(scraper).targets
    [dice] = target.platforms
    assert (dice.platform, dice.session_id) == ("dice", str(assignment.session_id))
    rig.end(assignment, 5, 3)
    [target] = targets(scraper).targets
    assert (target.platforms[0].session_id, target.platforms[0].failures) == ("", 1)


def test_counts_the_queue(scraper: Any, rig: Rig, clock: Any) -> None:
    from datetime import timedelta

    first = scraper.add_role("First", candidate_count=2)
    scraper.add_role("Second")
    add_target(scraper, first, "Dallas", approved=False)
    rig.end(rig.claim("dice"))
    rig.claim("dice")
    told = stats(scraper)
    assert (told.pending, told.approved, told.in_progress, told.rejected) == (1, 2, 1, 0)
    by_name = {each.platform: (each.due, each.resting, each.in_flight, each.max_in_flight) for each in told.platforms}
    assert by_name == {"dice": (0, 1, 1, 100), "indeed": (2, 0, 0, 100)}
    clock.advance(timedelta(minutes=21))
    assert next(each for each in stats(scraper).platforms if each.platform == "dice").due == 1


def test_claims_by_the_index_among_ten_thousand_targets(scraper: Any, rig: Rig) -> None:
    role_id = UUID(scraper.add_role())
    fill = text(
        "INSERT INTO scraper.queue_targets (target_id, role_id, location, candidate_query, approval, priority,"
        " candidate_count, paused, demanded, last_try_time, writes, create_time, update_time)"
        " SELECT gen_random_uuid(), :role_id, '', 'query ' || n, 2, 1 + n % 4, n % 50, false, false,"
        " now() - make_interval(secs => n), 1, now(), now() FROM generate_series(1, 10000) AS n"
    )
    rest = text(
        "INSERT INTO scraper.target_platforms SELECT target_id, 'dice', NULL, now() + interval '1 day', 0"
        " FROM scraper.queue_targets WHERE candidate_query <> '' AND priority > 1"
    )
    from blacklight_scraper.queue.claiming import CLAIM

    with scraper.app.database.platform_transaction() as session:
        session.execute(fill, {"role_id": role_id})
        session.execute(rest)
    with scraper.app.database.platform_transaction() as session:
        asked = {"platforms": ["dice"], "now": scraper.claims._clock(), "session_id": new_id()}
        plan = "\n".join(session.execute(text("EXPLAIN " + CLAIM), asked).scalars())
        session.rollback()
    assert "ix_queue_targets_claim_order" in plan
    assert "Sort" not in plan
    assert rig.claim("dice").target_id == role_id
    assert rig.claim("dice").candidate_query.startswith("query")
