"""Long runs: vectors and scores, page by page, over all tenants or one; paused, cancelled, never two of a kind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from blacklight_matching.runs.embedding.counts import Coverage, EmbeddingTask
from blacklight_matching.runs.rescoring.nights import last_due, seconds_to_next
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.errors import FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import event, text

ADMIN = Caller(CallerKind.PLATFORM_ADMIN, "admin")
ALL = EmbeddingTask(kinds=())
UPKEEP = "services/matching/src/blacklight_matching/postings/reading/upkeep/service.py"


def change(matching, statement, tenant=None, **values):
    scope = matching.database.platform_transaction() if tenant is None else matching.database.transaction(tenant)
    with scope as session:
        return session.execute(text(statement), values)


def work(matching, run, between=lambda: None):
    while matching.pages.page(str(run.run_id)) == "RUNNING":
        between()
    return matching.runs.get(ADMIN, run.run_id)


def maintain(matching, task=ALL):
    return work(matching, matching.maintenance.start(ADMIN, task), matching.work_off)


def bench(matching, build, tenants=2, candidates=3, postings=4):
    """Candidates of several tenants, matched with the same postings."""
    matching.take_in([build.draft() for _ in range(postings)])
    matching.work_off()
    people = {}
    for user in [build.user() for _ in range(tenants)]:
        people[user] = [build.profile() for _ in range(candidates)]
        for profile in people[user]:
            matching.ready(user, profile)
    return people


def test_coverage_tells_present_stale_and_missing(matching, build):
    bench(matching, build)
    covered = matching.maintenance.coverage(ADMIN)
    assert covered["CANDIDATES"] == Coverage(6, 0, 0)
    assert covered["POSTINGS"] == Coverage(4, 0, 0)
    matching.take_in([build.draft()])
    first = "(SELECT posting_id FROM posting_readings ORDER BY posting_id LIMIT 1)"
    change(matching, f"UPDATE posting_readings SET engine = 'old' WHERE posting_id = {first}")
    change(matching, "UPDATE canonical_roles SET engine_version = 'old'")
    matching.candidates.put(build.user(), build.profile())
    covered = matching.maintenance.coverage(ADMIN)
    assert covered["CANDIDATES"] == Coverage(6, 0, 1)
    assert covered["POSTINGS"] == Coverage(3, 1, 1)
    assert (covered["ROLES"].present, covered["ROLES"].missing) == (0, 0)
    assert covered["ROLES"].stale > 0


@guards(
    "P-66",
    file=UPKEEP,
    old="RawPosting(*row[:-2]).source_hash\n",
    new="bytes(row.source_hash)\n",
)
@guards(
    "P-66",
    file="services/matching/src/blacklight_matching/profiles/embedding/service.py",
    old="            self._profiles.embed(session, tenant_id, profile)\n",
    new="",
)
def test_p66_vectors_that_went_stale_are_made_again_and_matched(matching, build):
    people = bench(matching, build)
    user, (profile, *_) = next(iter(people.items()))
    change(matching, "UPDATE postings SET description = 'A COBOL and JCL job for our mainframe team in Dallas.'")
    change(
        matching,
        "UPDATE candidate_profiles SET summary = 'Writes COBOL.' WHERE candidate_id = :id",
        user.tenant,
        id=profile.candidate_id,
    )
    change(matching, "UPDATE canonical_roles SET engine_version = 'old'")
    before = _vectors(matching, user)
    run = maintain(matching)
    assert (run.state, run.failed) == ("COMPLETED", 0)
    assert all(found.stale == found.missing == 0 for found in matching.maintenance.coverage(ADMIN).values())
    ((posting, *_), _) = matching.list_postings(user)
    assert set(posting.skills) >= {"COBOL"}
    after = _vectors(matching, user)
    assert {key for key in before if before[key] != after[key]} == {profile.candidate_id}


def _vectors(matching, user):
    query = "SELECT candidate_id, embedding::text FROM candidate_profiles"
    return dict(change(matching, query, user.tenant).all())


def test_what_is_neither_missing_nor_stale_is_left_alone_unless_everything_is_asked_for(matching, build):
    people = bench(matching, build, tenants=1)
    read = "SELECT posting_id, xmin::text FROM posting_readings"
    before = dict(change(matching, read).all())
    maintain(matching)
    assert dict(change(matching, read).all()) == before
    chosen = min(before)
    maintain(matching, EmbeddingTask(kinds=("POSTINGS",), ids=(str(chosen),), everything=True))
    after = dict(change(matching, read).all())
    assert {key for key in before if before[key] != after[key]} == {chosen}
    assert len(people) == 1


def test_a_run_waits_until_what_it_queued_is_read_and_matched(matching, build):
    matching.take_in([build.draft()])
    change(matching, "DELETE FROM posting_intake")
    run = matching.maintenance.start(ADMIN, EmbeddingTask(kinds=("POSTINGS",)))
    assert [matching.pages.page(str(run.run_id)) for _ in range(4)] == ["RUNNING"] * 4
    matching.work_off()
    assert matching.pages.page(str(run.run_id)) == "ENDED"
    assert matching.maintenance.coverage(ADMIN)["POSTINGS"] == Coverage(1, 0, 0)


@guards(
    "P-101",
    file=UPKEEP,
    old="row = session.execute(text(sql.COUNT), {",
    new='session.execute(text("SELECT embedding FROM posting_readings")); row = session.execute(text(sql.COUNT), {',
)
def test_p101_counting_loads_no_vector(matching, build):
    bench(matching, build, tenants=1, candidates=1)
    asked = []
    engines = (matching.database._app, matching.database._platform)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    matching.maintenance.coverage(ADMIN)
    matching.rescoring.start(ADMIN)
    counted = [statement for statement in asked if "SELECT" in statement]
    assert counted
    assert not [statement for statement in counted if "embedding" in statement]


def test_rescoring_reaches_every_candidate_of_every_tenant(matching, build, monkeypatch):
    monkeypatch.setattr("blacklight_matching.runs.rescoring.service.CANDIDATES_A_PAGE", 2)
    people = bench(matching, build)
    before = {user: matching.pairs(user, people[user][0].candidate_id) for user in people}
    for user in people:
        change(matching, "UPDATE candidate_matches SET score = 1, scorer_version = 'old'", user.tenant)
    run = work(matching, matching.rescoring.start(ADMIN))
    assert (run.state, run.done, run.total) == ("COMPLETED", 6, 6)
    assert {user: matching.pairs(user, people[user][0].candidate_id) for user in people} == before
    for user in people:
        versions = change(matching, "SELECT DISTINCT scorer_version FROM candidate_matches", user.tenant).scalars()
        assert "old" not in set(versions)


def test_a_refresh_is_of_one_tenant_and_seen_by_it_and_the_platform(matching, build):
    people = bench(matching, build)
    mine, other = people
    for user in people:
        change(matching, "UPDATE candidate_matches SET score = 1", user.tenant)
    run = matching.rescoring.refresh(mine)
    with pytest.raises(NotFound):
        matching.runs.get(other, run.run_id)
    with pytest.raises(NotFound):
        matching.runs.cancel(other, run.run_id)
    work(matching, run)
    assert matching.runs.get(mine, run.run_id).state == "COMPLETED"
    assert 1 not in matching.pairs(mine, people[mine][0].candidate_id).values()
    assert set(matching.pairs(other, people[other][0].candidate_id).values()) == {1}
    asked = {"kind": "", "state": "", "page_size": 0, "page_token": ""}
    assert [found.run_id for found in matching.runs.list_runs(mine, **asked)[0]] == [run.run_id]
    assert matching.runs.list_runs(other, **asked)[0] == []


def test_a_tenant_sees_no_run_of_the_platform(matching, build):
    run = matching.rescoring.start(ADMIN)
    with pytest.raises(NotFound):
        matching.runs.get(build.user(), run.run_id)


@guards(
    "P-119",
    file="services/matching/src/blacklight_matching/runs/service.py",
    old='        outbox.add(session, "run.due", {"run_id": str(run_id)}, tenant_id=tenant_id)\n',
    new="",
)
def test_p119_a_start_answers_at_once_and_the_work_is_handed_on(matching, build):
    bench(matching, build, tenants=1, candidates=1)
    run = matching.rescoring.start(ADMIN)
    assert (run.state, run.done) == ("RUNNING", 0)
    due = change(matching, "SELECT payload FROM outbox WHERE kind = 'run.due'").scalars().all()
    assert due == [{"run_id": str(run.run_id)}]


def test_a_second_start_answers_the_run_that_is_not_ended_yet(matching, build):
    user = build.user()
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: matching.rescoring.start(ADMIN).run_id, range(16)))
    assert len(set(runs)) == 1
    assert matching.rescoring.refresh(user).run_id not in runs
    matching.runs.cancel(ADMIN, runs[0])
    assert matching.rescoring.start(ADMIN).run_id != runs[0]


def test_a_start_is_refused_by_the_id_of_a_run_that_is_paused_or_is_at_something_else(matching, build):
    roles, postings = (EmbeddingTask(kinds=(kind,)) for kind in ("ROLES", "POSTINGS"))
    known = matching.maintenance.start(ADMIN, roles).run_id
    assert matching.maintenance.start(ADMIN, roles).run_id == known
    for task, reason in ((postings, "RUN_OF_OTHER_TASK"), (roles, "RUN_PAUSED")):
        with pytest.raises(FailedPrecondition) as refused:
            matching.maintenance.start(ADMIN, task)
        assert (refused.value.reason, refused.value.metadata) == (reason, {"run_id": str(known)})
        matching.runs.pause(ADMIN, known)


def test_a_refresh_that_is_paused_ends_when_the_next_one_is_due(matching, build):
    (user,) = bench(matching, build, tenants=1)
    paused = matching.runs.pause(user, matching.rescoring.refresh(user).run_id)
    assert matching.rescoring.refresh_all(last_due(matching.clock())) == []
    matching.clock.move(seconds=seconds_to_next(matching.clock()))
    (run_id,) = matching.rescoring.refresh_all(last_due(matching.clock()))
    overtaken = matching.runs.get(user, paused.run_id)
    assert (overtaken.state, overtaken.reason) == ("CANCELLED", "OVERTAKEN")
    assert matching.pages.page(str(paused.run_id)) == "ENDED"
    assert work(matching, matching.runs.get(user, run_id)).state == "COMPLETED"


def test_a_paused_run_stands_still_and_goes_on_where_it_was(matching, build, monkeypatch):
    monkeypatch.setattr("blacklight_matching.runs.rescoring.service.CANDIDATES_A_PAGE", 1)
    bench(matching, build, tenants=1)
    run = matching.rescoring.start(ADMIN)
    assert matching.pages.page(str(run.run_id)) == "RUNNING"
    matching.runs.pause(ADMIN, run.run_id)
    assert [matching.pages.page(str(run.run_id)) for _ in range(3)] == ["PAUSED"] * 3
    assert matching.runs.get(ADMIN, run.run_id).done == 1
    matching.runs.resume(ADMIN, run.run_id)
    assert work(matching, run).done == 3


def test_an_ended_run_can_be_neither_paused_nor_cancelled_nor_resumed(matching, build):
    run = work(matching, matching.rescoring.start(ADMIN))
    assert run.state == "COMPLETED"
    for move in (matching.runs.pause, matching.runs.resume, matching.runs.cancel):
        with pytest.raises(FailedPrecondition):
            move(ADMIN, run.run_id)


def test_a_page_that_can_not_be_done_ends_the_run_with_its_reason(matching, build, monkeypatch):
    run = matching.rescoring.start(ADMIN)

    def refuse(run):
        raise Invalid("nothing to be done", reason="NOT_TO_BE_DONE")

    monkeypatch.setattr(matching.rescoring, "work_page", refuse)
    assert matching.pages.page(str(run.run_id)) == "ENDED"
    found = matching.runs.get(ADMIN, run.run_id)
    assert (found.state, found.reason, found.error) == ("FAILED", "NOT_TO_BE_DONE", "nothing to be done")
    other = matching.rescoring.start(ADMIN)
    matching.pages.give_up(str(other.run_id))
    assert matching.runs.get(ADMIN, other.run_id).reason == "PAGE_FAILED"


def test_starts_pauses_and_cancellations_are_audited(matching, build):
    run = matching.rescoring.start(ADMIN)
    matching.runs.pause(ADMIN, run.run_id)
    matching.runs.cancel(ADMIN, run.run_id)
    actions = change(matching, "SELECT action FROM audit_log ORDER BY sequence").scalars().all()
    assert actions == ["run.started", "run.paused", "run.cancelled"]


def test_an_unknown_run_is_not_found(matching):
    with pytest.raises(NotFound):
        matching.runs.get(ADMIN, new_id())


def test_each_tenant_is_refreshed_once_a_night_however_many_workers_ask(matching, build):
    people = bench(matching, build)
    due = last_due(matching.clock())
    with ThreadPoolExecutor(4) as pool:
        started = [run for runs in pool.map(lambda _: matching.rescoring.refresh_all(due), range(8)) for run in runs]
    assert len(started) == len(set(started)) == len(people)
    for run_id in started:
        assert work(matching, matching.runs.get(ADMIN, run_id)).state == "COMPLETED"
    matching.clock.move(seconds=seconds_to_next(matching.clock()) - 1)
    assert matching.rescoring.refresh_all(last_due(matching.clock())) == []
    matching.clock.move(seconds=1)
    assert len(matching.rescoring.refresh_all(last_due(matching.clock()))) == len(people)


def test_a_refresh_removes_suggestions_of_postings_that_have_expired(matching, build):
    people = bench(matching, build, tenants=1)
    assert all(matching.pairs(user, person.candidate_id) for user in people for person in people[user])
    matching.clock.move(days=400)
    for run_id in matching.rescoring.refresh_all(last_due(matching.clock())):
        work(matching, matching.runs.get(ADMIN, run_id))
    assert not any(matching.pairs(user, person.candidate_id) for user in people for person in people[user])
