"""Administrators approve, reject, merge and name roles; links and names are never lost (P-48, P-74, D-13)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from blacklight_matching.roles.candidates.service import RoleCandidates
from blacklight_servicekit.errors import (
    AlreadyExists,
    Conflict,
    Exhausted,
    FailedPrecondition,
    Invalid,
    NotFound,
    ServiceError,
)
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards

ROLES = "services/matching/src/blacklight_matching/roles/service.py"
DECISIONS = "services/matching/src/blacklight_matching/roles/decisions/service.py"
MOVES = "services/matching/src/blacklight_matching/roles/decisions/sql.py"


def rows(matching, statement, *values):
    with matching.database.platform_transaction() as session:
        return [tuple(row) for row in session.connection().exec_driver_sql(statement, values)]


def linked(matching, role_id):
    return {row[0] for row in rows(matching, "SELECT candidate_id FROM candidate_roles WHERE role_id = %s", role_id)}


def role_of(matching, name):
    (role_id,) = matching.roles.resolve_names(None, [name])
    return role_id


def until_one_waits_for_a_lock(matching):
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    deadline = time.monotonic() + 30
    while rows(matching, waiting) == [(0,)]:
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


@pytest.fixture
def pair(matching, build):
    """Two roles: one candidate of both, one of the first alone, in two tenants; a posting of each."""
    both, alone = build.profile(preferred_roles=("Java Developer", "Registered Nurse")), build.profile()
    for profile in (both, alone):
        matching.ready(build.user(), profile)
    java, nurse = role_of(matching, "Java Developer"), role_of(matching, "Registered Nurse")
    matching.take_in([build.draft("Java Developer"), build.draft("Java Developer II")], role_id=java)
    matching.take_in([build.draft("Registered Nurse", "BLS")], role_id=nurse)
    return java, nurse, both.candidate_id, alone.candidate_id


def test_approves_once_and_tells_the_scraper(matching, build):
    role_id = role_of(matching, "Java Developer")
    approved = matching.decisions.approve(build.admin(), role_id, etag=matching.roles.get_role(None, role_id).etag)
    assert (approved.state, approved.decision_version) == ("APPROVED", 1)
    again = matching.decisions.approve(build.admin(), role_id, etag="")
    assert (again.version, again.decision_version) == (approved.version, 1)
    assert len(rows(matching, "SELECT 1 FROM outbox WHERE kind = 'role.changed'")) == 2, "made and approved"
    assert rows(matching, "SELECT action FROM audit_log") == [("role.approved",)]


@guards("P-48", file=ROLES, old="known.role_id if known.state in LIVE else None", new="known.role_id")
def test_p48_a_rejected_role_keeps_its_links_and_comes_back_by_approval_only(matching, build, pair):
    java, _, both, alone = pair
    rejected = matching.decisions.reject(build.admin(), java, reason="too broad", etag="")
    assert (rejected.state, rejected.reject_reason) == ("REJECTED", "too broad")
    assert matching.roles.resolve_names(None, ["Java Developer", "Java Dev"]) == []
    assert linked(matching, java) == {both, alone}
    restored = matching.decisions.approve(build.admin(), java, etag="")
    assert (restored.state, restored.reject_reason, restored.decision_version) == ("APPROVED", "", 2)
    assert matching.roles.resolve_names(None, ["Java Developer"]) == [java]


def test_an_old_etag_refuses_a_decision(matching, build):
    role_id = role_of(matching, "Java Developer")
    old = matching.roles.get_role(None, role_id).etag
    matching.decisions.approve(build.admin(), role_id, etag=old)
    with pytest.raises(Conflict):
        matching.decisions.reject(build.admin(), role_id, reason="no", etag=old)


@guards("P-48", file=MOVES, old="    ON CONFLICT DO NOTHING\n", new="")
@guards("P-48", file=MOVES, old="    SELECT posting_id, :into,", new="    SELECT posting_id, role_id,")
def test_p48_merging_moves_every_link_and_name_once(matching, build, pair):
    java, nurse, both, alone = pair
    matching.decisions.add_alias(build.admin(), java, "JVM Developer")
    kept = matching.decisions.merge(build.admin(), java, nurse, etag="")
    assert kept.role_id == nurse
    assert linked(matching, nurse) == {both, alone}
    assert linked(matching, java) == set()
    assert kept.candidate_count == 2
    assert set(kept.aliases) >= {"Java Developer", "JVM Developer"}
    searched = "SELECT count(*), count(*) FILTER (WHERE searched) FROM posting_roles WHERE role_id = %s"
    assert rows(matching, searched, nurse) == [(3, 3)]
    gone = matching.roles.get_role(None, java)
    assert (gone.state, gone.merged_into, gone.candidate_count) == ("MERGED", nurse, 0)
    assert matching.roles.resolve_names(None, ["Java Developer", "jvm developers"]) == [nurse]
    assert matching.decisions.merge(build.admin(), java, nurse, etag="") == kept, "again changes nothing"


def test_a_standing_approval_goes_with_the_merged_role(matching, build):
    one, other = role_of(matching, "Java Developer"), role_of(matching, "Registered Nurse")
    matching.decisions.approve(build.admin(), one, etag="")
    assert matching.decisions.merge(build.admin(), one, other, etag="").state == "APPROVED"


def test_roles_merged_one_after_the_other_all_lead_to_the_last(matching, build):
    first, second, last = (role_of(matching, name) for name in ("Java Developer", "Registered Nurse", "Accountant"))
    matching.decisions.merge(build.admin(), first, second, etag="")
    matching.decisions.merge(build.admin(), second, last, etag="")
    assert matching.roles.get_role(None, first).merged_into == last
    assert matching.roles.resolve_names(None, ["Java Developer", "Registered Nurse"]) == [last]


def test_refuses_merges_that_would_lose_something(matching, build):
    one, other, third = (role_of(matching, name) for name in ("Java Developer", "Registered Nurse", "Accountant"))
    admin = build.admin()
    with pytest.raises(Invalid, match="into itself"):
        matching.decisions.merge(admin, one, one, etag="")
    with pytest.raises(NotFound):
        matching.decisions.merge(admin, one, new_id(), etag="")
    matching.decisions.reject(admin, other, reason="no", etag="")
    with pytest.raises(FailedPrecondition) as refused:
        matching.decisions.merge(admin, one, other, etag="")
    assert refused.value.reason == "ROLE_NOT_LIVE"
    matching.decisions.merge(admin, one, third, etag="")
    for wrong in (
        lambda: matching.decisions.approve(admin, one, etag=""),
        lambda: matching.decisions.merge(admin, one, role_of(matching, "SAP Consultant"), etag=""),
    ):
        with pytest.raises(FailedPrecondition) as refused:
            wrong()
        assert refused.value.reason == "ROLE_MERGED"


def test_a_link_that_is_made_while_its_role_is_merged_goes_to_the_other(matching, build, pair):
    java, nurse, _, _ = pair
    user, late = build.user(), new_id()
    merging = threading.Thread(target=lambda: matching.decisions.merge(build.admin(), java, nurse, etag=""))
    with matching.database.transaction(user.tenant) as session:
        matching.roles.link_candidate(session, user.tenant, late, [java])
        merging.start()
        until_one_waits_for_a_lock(matching)
    merging.join(30)
    assert late in linked(matching, nurse)
    latest = new_id()
    with matching.database.transaction(user.tenant) as session:
        matching.roles.link_candidate(session, user.tenant, latest, [java])
    assert latest in linked(matching, nurse)


def test_a_renamed_role_is_found_by_both_names(matching, build):
    role_id = role_of(matching, "Java Developer")
    renamed = matching.decisions.rename(build.admin(), role_id, "JVM Backend Developer", etag="")
    assert (renamed.name, renamed.aliases) == ("JVM Backend Developer", ("Java Developer",))
    assert matching.roles.resolve_names(None, ["Java Developer", "JVM Backend Developer"]) == [role_id]


@guards("P-74", file=DECISIONS, old="    if not plausible(name):\n", new="    if False:\n")
def test_p74_names_are_plausible_and_lead_to_one_role(matching, build):
    one, other = role_of(matching, "Java Developer"), role_of(matching, "Registered Nurse")
    admin = build.admin()
    with pytest.raises(Invalid, match="no name of a role"):
        matching.decisions.add_alias(admin, one, "Apply now at https://x.example")
    with pytest.raises(AlreadyExists) as taken:
        matching.decisions.add_alias(admin, one, "registered nurses")
    assert str(other) in str(taken.value)
    with pytest.raises(AlreadyExists):
        matching.decisions.rename(admin, one, "Registered Nurse", etag="")
    matching.decisions.add_alias(admin, one, "JVM Developer")
    without = matching.decisions.remove_alias(admin, one, "jvm developers")
    assert without.aliases == ()
    assert matching.decisions.remove_alias(admin, one, "jvm developer") == without


def test_p04_a_role_shows_a_tenant_its_own_candidates_and_nobody_elses(matching, build):
    held = RoleCandidates(matching.database, matching.profiles)
    user, other = build.user(), build.user()
    mine = [build.profile(display_name=f"Person {n}") for n in range(3)]
    nurse = build.profile(preferred_roles=("Registered Nurse",))
    for caller, profile in [*((user, each) for each in mine), (user, nurse), (other, build.profile())]:
        matching.ready(caller, profile)
    java, page = role_of(matching, "Java Developer"), {"page_size": 2, "page_token": ""}
    first, token = held.list_of(user, java, **page)
    rest, end = held.list_of(user, java, page_size=2, page_token=token)
    assert [each.candidate_id for each in first + rest] == sorted((each.candidate_id for each in mine), reverse=True)
    assert ({each.display_name for each in first + rest}, end) == ({"Person 0", "Person 1", "Person 2"}, "")
    matching.decisions.merge(build.admin(), role_of(matching, "Registered Nurse"), java, etag="")
    assert len(held.list_of(user, java, page_size=9, page_token="")[0]) == 4
    assert len(held.list_of(other, java, **page)[0]) == 1
    with pytest.raises(NotFound):
        held.list_of(user, new_id(), **page)


def at_once(*calls):
    """What each call answered or was refused with, all started together."""
    ready = threading.Barrier(len(calls))

    def call(each):
        ready.wait()
        try:
            return each()
        except ServiceError as refusal:
            return refusal.reason

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


@guards(
    "P-74",
    file=DECISIONS,
    old="""            self._roles.lock_names(session)
            role = self._locked(session, role_id, etag)
""",
    new="            role = self._locked(session, role_id, etag)\n",
)
def test_p74_of_two_roles_given_one_name_at_once_one_gets_it(matching, build):
    roles = [role_of(matching, name) for name in ("Java Developer", "Registered Nurse")]
    for number in range(8):
        name = f"Chief {'ABCDEFGH'[number]} Officer"
        answers = at_once(
            *(
                lambda role=role, name=name: matching.decisions.rename(build.admin(), role, name, etag="")
                for role in roles
            )
        )
        assert sorted(isinstance(answer, str) for answer in answers) == [False, True]
        assert "ROLE_NAME_TAKEN" in answers


def test_p74_of_two_roles_given_one_alias_at_once_one_gets_it_and_is_audited(matching, build):
    roles = [role_of(matching, name) for name in ("Java Developer", "Registered Nurse")]
    names = [f"Chief {letter} Officer" for letter in "ABCDEFGH"]
    for name in names:
        answers = at_once(
            *(lambda role=role, name=name: matching.decisions.add_alias(build.admin(), role, name) for role in roles)
        )
        assert [name in answer.aliases for answer in answers if not isinstance(answer, str)] == [True]
        assert "ROLE_NAME_TAKEN" in answers
    assert len(rows(matching, "SELECT 1 FROM audit_log WHERE action = 'role.alias_added'")) == len(names)


def test_an_alias_that_is_there_is_not_audited_again_and_one_too_many_is_refused(matching, build):
    role, admin = role_of(matching, "Java Developer"), build.admin()
    letters = "bcdefghijklmnopqrstuvwxyz"
    names = [f"{kind} Za{letter}o Officer" for kind in ("Chief", "Deputy") for letter in letters]
    for name in names:
        matching.decisions.add_alias(admin, role, name)
    again = matching.decisions.add_alias(admin, role, "chief zabo officers")
    assert len(again.aliases) == len(names) == 50
    for call in (
        lambda: matching.decisions.add_alias(admin, role, "JVM Developer"),
        lambda: matching.decisions.rename(admin, role, "JVM Developer", etag=""),
    ):
        with pytest.raises(Exhausted) as refused:
            call()
        assert refused.value.reason == "TOO_MANY_ALIASES"
    assert matching.roles.get_role(None, role) == again
    assert len(rows(matching, "SELECT 1 FROM audit_log WHERE action = 'role.alias_added'")) == 50


def test_lists_by_state_words_and_order(matching, build, pair):
    java, nurse, _, _ = pair
    matching.roles.recount(None, [java, nurse])
    matching.decisions.approve(build.admin(), nurse, etag="")

    def names(**query):
        return [role.name for role in matching.role_list.list_roles(None, page_size=0, page_token="", **query)[0]]

    assert names() == ["Java Developer", "Registered Nurse"]
    assert names(state="APPROVED") == ["Registered Nurse"]
    assert names(search="nur") == ["Registered Nurse"]
    assert names(search="dev jav") == ["Java Developer"]
    assert names(order_by="candidate_count desc") == ["Java Developer", "Registered Nurse"]
    assert names(order_by="create_time desc") == ["Registered Nurse", "Java Developer"]
    counts = matching.role_list.count_roles(None)
    assert (counts.pending, counts.approved, counts.unwanted) == (1, 1, 0)
    first, token = matching.role_list.list_roles(None, page_size=1, page_token="", order_by="candidate_count desc")
    rest, _ = matching.role_list.list_roles(None, page_size=1, page_token=token, order_by="candidate_count desc")
    assert [role.name for role in (*first, *rest)] == ["Java Developer", "Registered Nurse"]
