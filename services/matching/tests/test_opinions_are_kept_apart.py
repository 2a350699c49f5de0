"""Opinions: given again until a side changes or a day has passed, never part of a score (H-10, P-78)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from blacklight_matching.language_model import ModelFailed
from blacklight_matching.opinions.service import ASKING_AT_ONCE, AskingRules, Opinions
from blacklight_servicekit.errors import NotFound, Unavailable
from blacklight_testkit.faults import guards
from sqlalchemy import text

PATIENCE = 30


@dataclass
class Scripted:
    """A language model that answers what a test says, and counts how often it is asked."""

    score: int = 60
    fails: bool = False
    asked: int = 0
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_answer: threading.Event = field(default_factory=threading.Event)
    name: str = "scripted"

    def __post_init__(self) -> None:
        self.may_answer.set()

    def ask(self, instructions: str, told: Mapping[str, object], seconds: float) -> dict[str, Any]:
        self.asked += 1
        self.entered.release()
        assert self.may_answer.wait(PATIENCE)
        if self.fails:
            raise ModelFailed("the language model cannot be reached", may_pass=False)
        return {
            "score": self.score, "strengths": [f"answer {self.asked}"], "gaps": [], "recommendations": [],
            "experience_analysis": "Enough.", "culture_indicators": [],
        }  # fmt: skip


@pytest.fixture
def model() -> Scripted:
    """A model that answers."""
    return Scripted()


@pytest.fixture
def opinions(matching, model) -> Opinions:
    """Opinions by the model."""
    return of(matching, model)


def of(matching, model, **rules) -> Opinions:
    return Opinions(
        matching.database, matching.clock, matching.matches, matching.postings, AskingRules(model, 20.0, **rules)
    )


def matched(matching, build, count=1):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft() for _ in range(count)])
    matching.work_off()
    matching.ready(user, profile)
    page, _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=50, page_token="")
    return user, profile, page


def test_the_local_engine_gives_an_opinion_that_leaves_the_score_alone(matching, build):
    user, _, (found,) = matched(matching, build)
    given = of(matching, None).assess(user, found.match_id)
    assert (given.engine, given.cached) == ("local-1", False)
    assert given.opinion.strengths
    assert given.opinion.score > 60
    after = matching.matches.get_match(user, found.match_id)
    assert (
        replace(found, state="VIEWED", etag=after.etag, update_time=after.update_time, view_time=after.view_time)
        == after
    )
    with matching.database.transaction(user.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM opinion_spending")) == 0


def test_an_opinion_is_given_again_for_a_day(matching, build, clock, model, opinions):
    user, _, (found,) = matched(matching, build)
    first = opinions.assess(user, found.match_id)
    clock.move(hours=23, minutes=59)
    assert opinions.assess(user, found.match_id) == replace(first, cached=True)
    clock.move(minutes=2)
    again = opinions.assess(user, found.match_id)
    assert (again.cached, model.asked) == (False, 2)


@guards(
    "P-78",
    file="services/matching/src/blacklight_matching/opinions/service.py",
    old="            and last.profile_hash == basis.profile_hash\n",
    new="",
)
@guards(
    "P-78",
    file="services/matching/src/blacklight_matching/opinions/service.py",
    old="            and last.posting_hash == basis.posting_hash\n",
    new="",
)
@pytest.mark.parametrize("side", ["candidate", "posting"])
def test_p78_a_change_of_either_side_ends_an_opinion(matching, build, model, opinions, side):
    user, profile = build.user(), build.profile()
    draft = build.draft()
    matching.take_in([draft])
    matching.work_off()
    matching.ready(user, profile)
    (found,), _ = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=9, page_token="")
    opinions.assess(user, found.match_id)
    assert opinions.assess(user, found.match_id).cached
    if side == "candidate":
        matching.ready(user, replace(profile, version=2, experience_years=9))
    else:
        with matching.database.platform_transaction() as session:
            session.execute(text("UPDATE posting_readings SET content_hash = 'changed'"))
    assert not opinions.assess(user, found.match_id).cached
    assert model.asked == 2


def test_a_new_opinion_can_be_forced(matching, build, model, opinions):
    user, _, (found,) = matched(matching, build)
    opinions.assess(user, found.match_id)
    forced = opinions.assess(user, found.match_id, force_refresh=True)
    assert (forced.cached, forced.opinion.strengths) == (False, ["answer 2"])
    assert opinions.assess(user, found.match_id).opinion == forced.opinion


def test_a_stand_in_is_said_to_be_one_and_not_kept_for_long(matching, build, clock, model, opinions):
    user, _, (found,) = matched(matching, build)
    model.fails = True
    given = opinions.assess(user, found.match_id)
    assert given.engine == "local-1 (the language model cannot be reached)"
    assert opinions.assess(user, found.match_id).cached
    model.fails = False
    clock.move(minutes=11)
    assert opinions.assess(user, found.match_id).engine == "model:scripted"


def test_a_tenants_day_has_a_budget(matching, build, clock, model):
    user, _, page = matched(matching, build, 3)
    opinions = of(matching, model, calls_a_day=2)
    engines = [opinions.assess(user, match.match_id).engine for match in page]
    assert engines == ["model:scripted"] * 2 + ["local-1 (the day's budget for the language model is spent)"]
    clock.move(days=1)
    assert opinions.assess(user, page[2].match_id).engine == "model:scripted"
    assert (
        of(matching, model, calls_a_day=0)
        .assess(user, page[0].match_id, force_refresh=True)
        .engine.startswith("local-1 (")
    )


def test_the_model_is_asked_once_for_a_match_and_outside_of_any_transaction(matching, build, model, opinions):
    user, _, (found,) = matched(matching, build)
    model.may_answer.clear()
    with ThreadPoolExecutor(1) as pool:
        flight = pool.submit(opinions.assess, user, found.match_id)
        assert model.entered.acquire(timeout=PATIENCE)
        try:
            with pytest.raises(Unavailable) as raised:
                opinions.assess(user, found.match_id, force_refresh=True)
            with matching.database.platform_transaction() as session:
                waiting = session.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND state LIKE 'idle in%'"
                    )
                )
        finally:
            model.may_answer.set()
        given = flight.result(PATIENCE)
    assert raised.value.reason == "OPINION_UNDER_WAY"
    assert (waiting, model.asked, given.engine) == (0, 1, "model:scripted")
    assert opinions.assess(user, found.match_id).cached


def test_few_callers_wait_for_the_model_at_a_time(matching, build, model, opinions):
    user, _, page = matched(matching, build, ASKING_AT_ONCE + 1)
    model.may_answer.clear()
    with ThreadPoolExecutor(ASKING_AT_ONCE) as pool:
        flights = [pool.submit(opinions.assess, user, match.match_id) for match in page[:ASKING_AT_ONCE]]
        try:
            for _ in flights:
                assert model.entered.acquire(timeout=PATIENCE)
            busy = opinions.assess(user, page[-1].match_id)
        finally:
            model.may_answer.set()
        assert {flight.result(PATIENCE).engine for flight in flights} == {"model:scripted"}
    assert busy.engine == "local-1 (the language model is busy)"


def test_an_opinion_makes_a_match_somebodys_and_goes_with_the_candidate(matching, build, opinions):
    user, profile, (found,) = matched(matching, build)
    opinions.assess(user, found.match_id)
    matching.ready(user, replace(profile, version=2, skills=(), current_title="Welder", summary="Welds pipes."))
    assert matching.matches.get_match(user, found.match_id).state == "VIEWED"
    matching.candidates.forget(user, profile.candidate_id)
    with matching.database.transaction(user.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM match_opinions")) == 0


def test_an_opinion_goes_with_its_posting(matching, build, opinions):
    user, _, page = matched(matching, build, 2)
    for match in page:
        opinions.assess(user, match.match_id)
    with matching.database.transaction(user.tenant) as session:
        matching.keeping.forget_posting(session, user.tenant, page[0].posting_id)
    with matching.database.transaction(user.tenant) as session:
        assert session.scalars(text("SELECT match_id FROM match_opinions")).all() == [page[1].match_id]


def test_another_tenants_match_looks_absent(matching, build, opinions):
    _, _, (found,) = matched(matching, build)
    with pytest.raises(NotFound):
        opinions.assess(build.user(), found.match_id)
