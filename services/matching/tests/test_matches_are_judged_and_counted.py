"""States, notes, lists in every order, the best of many, figures, pairs and pasted jobs (H-9, P-63, P-64)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from blacklight.matching.v1 import posting_service_pb2
from blacklight_matching.matches.figures.service import MatchFigures
from blacklight_matching.matches.pasted.service import PastedJobs
from blacklight_matching.postings.encoding import encode_posting
from blacklight_matching.profiles.profile import Preferences
from blacklight_matching.scoring import GRADES, grade_of
from blacklight_servicekit.errors import Conflict, FailedPrecondition, Invalid, NotFound, Unavailable
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

SERVICE = "services/matching/src/blacklight_matching/matches/service.py"


@pytest.fixture
def figures(matching) -> MatchFigures:
    """Counts of matches."""
    return MatchFigures(matching.database, matching.matches, matching.postings)


@pytest.fixture
def pasted(matching) -> PastedJobs:
    """Pasted jobs."""
    return PastedJobs(matching.database, matching.profiles)


def matched(matching, build, count=1, **changed):
    """A candidate with so many matches: the user, the profile, the listed matches."""
    user, profile = build.user(), build.profile(**changed)
    matching.take_in([build.draft() for _ in range(count)])
    matching.work_off()
    matching.ready(user, profile)
    return user, profile, listed(matching, user, profile)


def listed(matching, user, profile, **narrowed):
    page, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=200, page_token="", **narrowed)
    return page


def test_every_state_has_its_stamp(matching, build, clock):
    user, _, (found,) = matched(matching, build)
    moments = []
    for step in (
        lambda: matching.matches.view_match(user, found.match_id),
        lambda: matching.matches.shortlist_match(user, found.match_id, etag=""),
        lambda: matching.matches.apply_match(user, found.match_id, etag=""),
        lambda: matching.matches.reject_match(user, found.match_id, reason="Position filled", etag=""),
    ):
        clock.move(hours=1)
        moments.append(clock.now)
        last = step()
    assert [last.view_time, last.shortlist_time, last.apply_time, last.reject_time] == moments
    assert (last.state, last.rejection_reason) == ("REJECTED", "Position filled")


@pytest.mark.parametrize("after", ["apply", "shortlist"])
def test_a_step_that_makes_no_sense_is_refused(matching, build, after):
    user, _, (found,) = matched(matching, build)
    if after == "apply":
        matching.matches.reject_match(user, found.match_id, reason="No", etag="")
        refused = matching.matches.apply_match
    else:
        matching.matches.apply_match(user, found.match_id, etag="")
        refused = matching.matches.shortlist_match
    with pytest.raises(FailedPrecondition, match=r"reject") as raised:
        refused(user, found.match_id, etag="")
    assert raised.value.reason == "MATCH_STATE"


def test_applying_twice_changes_nothing_and_an_old_etag_is_refused(matching, build):
    user, _, (found,) = matched(matching, build)
    applied = matching.matches.apply_match(user, found.match_id, etag=found.etag)
    assert matching.matches.apply_match(user, found.match_id, etag="") == applied
    with pytest.raises(Conflict):
        matching.matches.update_match(user, found.match_id, notes="late", etag=found.etag)


def test_a_submission_marks_its_match_as_applied(matching, build):
    user, profile, (found,) = matched(matching, build)
    matching.matches.reject_match(user, found.match_id, reason="No", etag="")
    with matching.database.transaction(user.tenant) as session:
        assert matching.matches.mark_applied(session, user, profile.candidate_id, found.posting_id)
        assert not matching.matches.mark_applied(session, user, new_id(), found.posting_id)
    applied = matching.matches.get_match(user, found.match_id)
    assert (applied.state, applied.rejection_reason) == ("APPLIED", "")
    with matching.database.transaction(user.tenant) as session:
        told = session.execute(
            text("SELECT entity_id, actor_id, changes FROM audit_log WHERE action = 'match.applied'")
        )
        assert [tuple(row) for row in told] == [
            (str(found.match_id), user.id, {"state": ["REJECTED", "APPLIED"]}),
        ]


@guards(
    "P-64",
    file=SERVICE,
    old="VIEWED if match.state == SUGGESTED else match.state",
    new="match.state",
)
def test_p64_a_note_makes_a_match_somebodys_so_that_no_refresh_removes_it(matching, build):
    user, profile, (found,) = matched(matching, build)
    noted = matching.matches.update_match(user, found.match_id, notes="Asked for references", etag=found.etag)
    assert (noted.notes, noted.state) == ("Asked for references", "VIEWED")
    matching.ready(user, replace(profile, version=2, skills=(), current_title="Welder", summary="Welds pipes."))
    (kept,) = listed(matching, user, profile)
    assert (kept.match_id, kept.notes, kept.state) == (found.match_id, "Asked for references", "VIEWED")
    assert kept.score < found.score


def test_lists_are_narrowed_by_grade_board_origin_and_score(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(), build.draft(skills="COBOL, Fortran and Java")])
    matching.take_in([build.draft()], platform="monster")
    matching.work_off()
    matching.ready(user, profile)
    every = listed(matching, user, profile)
    assert len(every) == 3
    assert {match.posting_platform for match in listed(matching, user, profile, platforms=("Monster",))} == {"monster"}
    assert len(listed(matching, user, profile, platforms=("dice", "monster"))) == 3
    for grade in {match.grade for match in every}:
        shown = listed(matching, user, profile, grades=(grade,))
        assert [match.match_id for match in shown] == [match.match_id for match in every if match.grade == grade]
    assert len(listed(matching, user, profile, origin="FLEET")) == 3
    assert listed(matching, user, profile, origin="MAIL") == []
    assert listed(matching, user, profile, min_score=10_000) == []


@pytest.mark.parametrize("order", ["SCORE", "CREATED", "POSTED"])
def test_every_order_pages_through_each_match_once(matching, build, clock, order):
    user, profile = build.user(), build.profile()
    for day in (3, 1, 2, 1):
        clock.move(hours=1)
        matching.take_in([build.draft(posted_date=f"2026-02-{day:02}"), build.draft()])
        matching.work_off()
        matching.ready(user, profile)
        profile = replace(profile, version=profile.version + 1)
    seen, token = [], ""
    while True:
        page, token = matching.matches.list_of_candidate(
            user, profile.candidate_id, page_size=3, page_token=token, order=order
        )
        seen += page
        if not token:
            break
    assert len({match.match_id for match in seen}) == len(seen) == 8
    keys = {
        "SCORE": lambda match: match.score,
        "CREATED": lambda match: match.create_time,
        "POSTED": lambda match: match.posted_time or match.create_time,
    }
    found = [keys[order](match) for match in seen]
    assert found == sorted(found, reverse=True)
    _, token = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=3, page_token="", order=order)
    other = "CREATED" if order != "CREATED" else "SCORE"
    with pytest.raises(Invalid):
        matching.matches.list_of_candidate(user, profile.candidate_id, page_size=3, page_token=token, order=other)


def test_the_best_of_many_candidates_are_those_of_their_lists(matching, build, figures):
    user = build.user()
    profiles = [build.profile(), build.profile("Python Developer", ("Python", "SQL"))]
    matching.take_in([build.draft() for _ in range(7)])
    matching.work_off()
    for profile in profiles:
        matching.ready(user, profile)
    ids = [profile.candidate_id for profile in profiles]
    found = figures.top_matches(user, [*ids, new_id()], top=3, min_score=0)
    for profile in profiles:
        expected = [match.match_id for match in listed(matching, user, profile)[:3]]
        assert [match.match_id for match in found.get(profile.candidate_id, [])] == expected
    only = figures.top_matches(user, ids, top=20, min_score=0, recommended_only=True)
    assert only
    assert all(match.score >= 6_000 for matches in only.values() for match in matches)
    assert figures.top_matches(user, ids, top=20) == only
    assert figures.top_matches(build.user(), ids, top=3, min_score=0) == {}


@guards(
    "P-63",
    file="services/matching/src/blacklight_matching/matches/figures/service.py",
    old="case(*((CandidateMatch.score >= lowest, grade) for lowest, grade in GRADES))",
    new="case(*((CandidateMatch.score >= lowest - 500, grade) for lowest, grade in GRADES))",
)
def test_p63_figures_are_those_of_the_rows_that_lists_show(matching, build, figures, clock):
    user, profile, found = matched(matching, build, 4)
    matching.take_in([build.draft(skills="Java, COBOL, Fortran and PL/I"), build.draft(skills="Java and Kafka")])
    matching.work_off()
    matching.matches.shortlist_match(user, found[0].match_id, etag="")
    for moment in (clock.now, clock.now.replace(month=5)):  # everything, and after the postings have expired
        clock.now = moment
        rows = listed(matching, user, profile)
        for stats in (figures.of_candidate(user, profile.candidate_id), figures.of_tenant(user)):
            assert stats.total == len(rows)
            assert stats.recommended == sum(match.recommended for match in rows)
            assert dict(stats.grades) == {
                grade: sum(grade_of(match.score) == grade for match in rows) for _, grade in GRADES
            }
            assert {state: count for state, count in stats.states.items() if count} == {
                state: sum(match.state == state for match in rows) for state in {match.state for match in rows}
            }
            assert stats.platforms == {"dice": len(rows)}
            assert abs(stats.mean_score - sum(match.score for match in rows) / len(rows)) <= 0.5
    assert len(rows) == 1


def test_the_postings_with_most_recommended_matches_come_first(matching, build, figures):
    user = build.user()
    matching.take_in([build.draft(), build.draft(skills="Python and Django", title="Python Developer")])
    matching.work_off()
    for title, skills in (("Java Developer", ("Java", "Spring Boot", "SQL")),) * 2 + (
        ("Python Developer", ("Python", "Django")),
    ):
        matching.ready(user, build.profile(title, skills))
    top = figures.of_tenant(user).top_postings
    assert [(each.title, each.recommended) for each in top] == [("Java Developer", 2), ("Python Developer", 1)]
    assert figures.of_tenant(build.user()).total == 0


def test_counts_by_board_and_origin_are_what_a_list_narrowed_to_them_has(matching, build, figures):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(), build.draft()])
    matching.take_in([build.draft()], platform="indeed")
    own = matching.editing.create(
        user, build.draft(), request=posting_service_pb2.CreatePostingRequest(), encode=encode_posting
    )
    matching.own.queue(None, [UUID(own.posting_id)])
    matching.work_off()
    matching.ready(user, profile)
    other = build.profile()
    matching.ready(build.user(), other)
    stats = figures.of_candidate(user, profile.candidate_id)
    assert next(iter(stats.platforms.items())) == ("dice", 2), "most first"
    assert sum(stats.platforms.values()) == sum(stats.origins.values()) == stats.total == 4
    assert stats.origins == {"FLEET": 3, "API": 1}
    for name, count in stats.platforms.items():
        assert len(listed(matching, user, profile, platforms=(name,))) == count
    for name, count in stats.origins.items():
        assert len(listed(matching, user, profile, origin=name)) == count


def test_a_pair_is_explained_whether_stored_or_not(matching, build):
    user, profile, (found,) = matched(matching, build)
    stored = matching.matches.explain_pair(user, profile.candidate_id, found.posting_id)
    assert stored == matching.matches.explain_match(user, found.match_id)
    stranger = build.profile("Welder", ("Welding",), summary="Welds pipes.", experience_years=1)
    matching.ready(user, stranger)
    assert listed(matching, user, stranger) == []
    live = matching.matches.explain_pair(user, stranger.candidate_id, found.posting_id)
    assert (live.match.match_id, live.match.state) == (None, "")
    assert sum(part.points for part in live.explanation.parts) == live.match.score == live.explanation.overall
    assert live.match.missing_skills == found.matched_skills
    assert [(each.kind, each.subject) for each in live.explanation.raises].count(("REACH_YEARS", "5")) == 1


def test_a_raise_comes_true_when_the_candidate_gains_the_skill(matching, build):
    user, profile, (found,) = matched(matching, build, skills=("Java",))
    told = matching.matches.explain_match(user, found.match_id).explanation.raises
    for number, each in enumerate((each for each in told if each.kind == "ADD_SKILL"), start=2):
        more = replace(profile, version=number, skills=(*profile.skills, *build.profile(skills=(each.subject,)).skills))
        matching.ready(user, more)
        (after,) = listed(matching, user, profile)
        assert (after.score, after.score - found.score) == (each.score, each.gain)
    assert len([each for each in told if each.kind == "ADD_SKILL"]) == 2


def test_a_pair_of_which_a_side_is_unknown_or_closed_is_refused(matching, build, clock):
    user, profile, (found,) = matched(matching, build)
    for candidate_id, posting_id, reason in (
        (new_id(), found.posting_id, "CANDIDATE_NOT_FOUND"),
        (profile.candidate_id, new_id(), "POSTING_NOT_FOUND"),
    ):
        with pytest.raises(NotFound) as raised:
            matching.matches.explain_pair(user, candidate_id, posting_id)
        assert raised.value.reason == reason
    (row,) = matching.take_in([build.draft()])
    with pytest.raises(Unavailable) as unread:
        matching.matches.explain_pair(user, profile.candidate_id, UUID(row.posting_id))
    assert unread.value.reason == "POSTING_NOT_READ"
    matching.work_off()
    other = build.profile("Welder", ("Welding",), summary="Welds pipes.")
    matching.ready(user, other)
    clock.move(days=100)
    with pytest.raises(FailedPrecondition):
        matching.matches.explain_pair(user, other.candidate_id, found.posting_id)


def test_a_refresh_is_handed_to_the_background(matching, build):
    user, profile, _ = matched(matching, build)
    with matching.database.platform_transaction() as session:
        before = session.scalar(text("SELECT count(*) FROM outbox WHERE kind = 'profile.stored'"))
    matching.matches.refresh_candidate(user, profile.candidate_id)
    with matching.database.platform_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM outbox WHERE kind = 'profile.stored'")) == before + 1
    with pytest.raises(NotFound):
        matching.matches.refresh_candidate(build.user(), profile.candidate_id)


JOB = (
    "Java Developer\n\nWe build billing software.\nRequirements\n- Java, Spring Boot and SQL\n- 5+ years of experience"
)


def test_a_pasted_job_scores_as_a_posting_of_the_same_text(matching, build, pasted):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(description=JOB, location="")])
    matching.work_off()
    matching.ready(user, profile)
    (match,) = listed(matching, user, profile)
    found = pasted.score_text(
        user, text=JOB, title="Java Developer", location="", candidate_id=profile.candidate_id, top=1
    )
    (score,) = found.scores
    assert score.explanation.overall == match.score
    assert (found.min_years, list(found.skills)) == (5, ["Java", "Spring Boot", "SQL"])


def test_a_pasted_job_finds_the_best_of_the_bench_and_stores_nothing(matching, build, pasted):
    user = build.user()
    bench = [
        build.profile(skills=skills)
        for skills in (("Java",), ("Java", "SQL"), ("Java", "Spring Boot", "SQL"), ("Welding",))
    ]
    for profile in bench[:3]:
        matching.ready(user, profile)
    matching.ready(user, replace(bench[3], current_title="Welder", summary="Welds pipes."))
    found = pasted.score_text(user, text=JOB, title="", location="", candidate_id=None, top=2)
    assert [score.candidate_id for score in found.scores] == [bench[2].candidate_id, bench[1].candidate_id]
    every = pasted.score_text(user, text=JOB, title="", location="", candidate_id=None, top=50)
    assert bench[3].candidate_id not in [score.candidate_id for score in every.scores]
    with matching.database.platform_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM postings")) == 0
    assert pasted.score_text(build.user(), text=JOB, title="", location="", candidate_id=None, top=2).scores == []
    with pytest.raises(Invalid):
        pasted.score_text(user, text=" \n", title="", location="", candidate_id=None, top=1)


def test_whoever_is_excluded_is_no_match_and_a_judged_match_says_why(matching, build, pasted):
    remote = Preferences(workplaces=("REMOTE",))
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft(description=f"{JOB}\nThis position is 100% onsite in Dallas, TX.")])
    matching.work_off()
    matching.ready(user, profile)
    (found,) = listed(matching, user, profile)
    kept = build.profile()
    matching.ready(user, kept)
    (judged,) = listed(matching, user, kept)
    matching.matches.shortlist_match(user, judged.match_id, etag="")
    for one in (profile, kept):
        matching.ready(user, replace(one, version=2, preferences=remote))
    assert listed(matching, user, profile) == []
    (shown,) = listed(matching, user, kept)
    assert (shown.score, shown.state) == (judged.score, "SHORTLISTED")
    assert [each.filter for each in shown.blocked_by] == ["WORKPLACE"]
    live = matching.matches.explain_pair(user, profile.candidate_id, found.posting_id)
    assert [each.filter for each in live.explanation.blockers] == ["WORKPLACE"]
    text_job = f"{JOB}\nThis position is 100% onsite in Dallas, TX."
    best = pasted.score_text(user, text=text_job, title="", location="", candidate_id=None, top=5)
    assert best.scores == []


def test_no_match_of_another_tenant_is_touched(matching, build, figures):
    _, profile, (found,) = matched(matching, build)
    other = build.user()
    for call in (
        lambda: matching.matches.apply_match(other, found.match_id, etag=""),
        lambda: matching.matches.update_match(other, found.match_id, notes="x", etag=""),
        lambda: matching.matches.explain_pair(other, profile.candidate_id, found.posting_id),
        lambda: figures.of_candidate(other, profile.candidate_id),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_candidate_or_posting_that_is_unknown_has_no_list_and_one_on_its_way_an_empty_one(matching, build, figures):
    user, page = build.user(), {"page_size": 0, "page_token": ""}
    for call in (
        lambda: matching.matches.list_of_candidate(user, new_id(), **page),
        lambda: figures.of_candidate(user, new_id()),
        lambda: matching.matches.list_of_posting(user, new_id(), **page),
    ):
        with pytest.raises(NotFound):
            call()
    young = UUID(int=(int(matching.clock().timestamp() * 1000) << 80) | (new_id().int & ((1 << 80) - 1)))
    assert matching.matches.list_of_candidate(user, young, **page) == ([], "")
    assert figures.of_candidate(user, young).total == 0
    (posting,) = matching.take_in([build.draft()])
    assert matching.matches.list_of_posting(user, posting.posting_id, **page) == ([], "")
