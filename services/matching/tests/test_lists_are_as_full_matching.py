"""After any order of changes every list is what a full matching would leave, and nothing missed is left out.

Candidates come, change, leave and go; postings come, change, close, open and are deleted; people judge matches; lists
are so short that they are cut all the time. What postings offer and people take excludes some pairs. Each order has a
tenant of its own with postings of its own.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from uuid import UUID

import pytest
from blacklight_matching.profiles.profile import Preferences
from blacklight_matching.scoring import blockers, is_match, score_pair
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

ORDERS = int(os.environ.get("MATCHING_ORDERS", "1000"))
PARTS = 10
MOST = 2
KEEPING = "services/matching/src/blacklight_matching/matches/keeping/service.py"
STATEMENTS = "services/matching/src/blacklight_matching/matches/keeping/sql.py"
SKILLS = ("Java", "Spring Boot", "SQL", "Python", "AWS", "React")
TERMS = ("", "\n- W2 only.", "\n- W2 only.", "\n- This is an onsite position.")
WISHES = (Preferences(), Preferences(contract_types=("C2C",)), Preferences(workplaces=("REMOTE",)))

ADD = """
INSERT INTO postings SELECT (jsonb_populate_record(p, jsonb_build_object(
  'posting_id', CAST(:id AS text), 'tenant_id', CAST(:tenant AS text), 'end_state', ''))).*
FROM postings p WHERE p.posting_id = :template
"""
READ = """
INSERT INTO posting_readings SELECT (jsonb_populate_record(r, jsonb_build_object(
  'posting_id', CAST(:id AS text), 'tenant_id', CAST(:tenant AS text)))).*
FROM posting_readings r WHERE r.posting_id = :template
"""
STORED = (
    "SELECT candidate_id, posting_id, state, score, skills_score, experience_score, semantic_score, confidence, holds,"
    " matched::text, profile_hash::text, posting_hash::text FROM candidate_matches"
)


class Tenant:
    """A tenant whose bench and postings change at random."""

    def __init__(self, matching, build, templates, seed: int) -> None:
        self.matching, self.build, self.templates = matching, build, templates
        self.user = build.user()
        self.chance = random.Random(seed)
        self.profiles = {}
        self.postings: list[UUID] = []
        self.blocked = 0
        self.judged: set[tuple[UUID, UUID]] = set()

    def run(self, steps: int) -> None:
        self.add_postings(6)
        for _ in range(2):
            self.put_candidate()
        changes = (
            self.add_posting, self.add_posting, self.change_posting, self.change_posting, self.end_posting,
            self.delete_posting, self.put_candidate, self.put_candidate, self.forget_candidate, self.judge,
        )  # fmt: skip
        for _ in range(steps):
            self.chance.choice(changes)()
            self.fill_short_lists()

    def add_posting(self) -> None:
        self.add_postings(1)

    def add_postings(self, count: int) -> None:
        made = [
            {"id": new_id(), "tenant": self.user.tenant, "template": self.chance.choice(self.templates)}
            for _ in range(count)
        ]
        with self.matching.database.transaction(self.user.tenant) as session:
            for statement in (ADD, READ):
                session.execute(text(statement), made)
        self.postings += [each["id"] for each in made]
        self.matching.arrivals.match_tenant(self.user, [each["id"] for each in made])

    def change_posting(self) -> None:
        if self.postings:
            posting_id = self.chance.choice(self.postings)
            facts = {"id": posting_id, "tenant": self.user.tenant, "template": self.chance.choice(self.templates)}
            with self.matching.database.transaction(self.user.tenant) as session:
                session.execute(text("DELETE FROM posting_readings WHERE posting_id = :id"), facts)
                session.execute(text(READ), facts)
            self.match_posting(posting_id)

    def end_posting(self) -> None:
        """Closes a posting, or opens it again."""
        if self.postings:
            posting_id = self.chance.choice(self.postings)
            turn = "UPDATE postings SET end_state = CASE end_state WHEN '' THEN 'CLOSED' ELSE '' END"
            with self.matching.database.transaction(self.user.tenant) as session:
                session.execute(text(f"{turn} WHERE posting_id = :id"), {"id": posting_id})
            self.match_posting(posting_id)

    def delete_posting(self) -> None:
        if self.postings:
            posting_id = self.postings.pop(self.chance.randrange(len(self.postings)))
            self.judged = {pair for pair in self.judged if pair[1] != posting_id}
            with self.matching.database.transaction(self.user.tenant) as session:
                self.matching.keeping.forget_posting(session, self.user.tenant, posting_id)
                session.execute(text("DELETE FROM postings WHERE posting_id = :id"), {"id": posting_id})

    def put_candidate(self) -> None:
        known = self.chance.choice([None, *self.profiles.values()])
        made = self.build.profile(
            skills=self.chance.sample(SKILLS, self.chance.randint(1, 4)),
            experience_years=self.chance.choice([None, 1, 6]),
            matchable=self.chance.random() < 0.85,
            preferences=self.chance.choice(WISHES),
        )
        if known is not None:
            made = replace(made, candidate_id=known.candidate_id, version=known.version + 1)
        self.profiles[made.candidate_id] = made
        self.matching.candidates.put(self.user, made)
        self.matching.candidates.embed(self.user, made.candidate_id)
        self.matching.candidates.match(self.user, made.candidate_id)

    def forget_candidate(self) -> None:
        if self.profiles:
            candidate_id = self.profiles.popitem()[0]
            self.judged = {pair for pair in self.judged if pair[0] != candidate_id}
            self.matching.candidates.forget(self.user, candidate_id)

    def judge(self) -> None:
        states = ("VIEWED", "SHORTLISTED", "REJECTED")
        with self.matching.database.transaction(self.user.tenant) as session:
            every = "SELECT candidate_id, posting_id, match_id FROM candidate_matches ORDER BY candidate_id, posting_id"
            found = session.execute(text(every)).all()
            if found:
                row = self.chance.choice(found)
                self.judged.add((row.candidate_id, row.posting_id))
                facts = {"id": row.match_id, "state": self.chance.choice(states)}
                session.execute(text("UPDATE candidate_matches SET state = :state WHERE match_id = :id"), facts)

    def match_posting(self, posting_id: UUID) -> None:
        self.matching.arrivals.match_tenant(self.user, [posting_id])

    def fill_short_lists(self) -> None:
        """What the relay and the workflow do with the event."""
        take = "DELETE FROM outbox WHERE kind = 'match_list.short' AND tenant_id = :tenant"
        with self.matching.database.platform_transaction() as session:
            answer = text(f"{take} RETURNING payload->>'candidate_id'")
            short = session.scalars(answer, {"tenant": self.user.tenant}).all()
        for candidate_id in set(short):
            self.matching.candidates.match(self.user, UUID(candidate_id))

    def stored(self):
        with self.matching.database.transaction(self.user.tenant) as session:
            rows = {(row[0], row[1]): tuple(row[2:]) for row in session.execute(text(STORED))}
            holding = session.execute(text("SELECT candidate_id, holding FROM match_lists WHERE holding > 0")).all()
        return rows, {row.candidate_id: row.holding for row in holding}

    def is_blocked(self, side, other) -> bool:
        stops = bool(blockers(side.work, other.work))
        self.blocked += stops
        return stops

    def expected(self):
        """The pairs that must be suggested, by the scorer of one pair; those that people judged take their places."""
        with self.matching.database.transaction(self.user.tenant) as session:
            everyone = self.matching.profiles.block(session, self.user.tenant)
            postings = self.matching.postings.block(session, self.user.tenant, self.postings)
        found = set()
        for candidate_id, side in zip(everyone.ids, everyone.sides, strict=True):
            matches = [
                (-score.overall, posting_id)
                for posting_id, other in zip(postings.ids, postings.sides, strict=True)
                if is_match(score := score_pair(side, other)) and not self.is_blocked(side, other)
            ]
            found |= {(candidate_id, posting_id) for _, posting_id in sorted(matches)[:MOST]} - self.judged
        return found


@pytest.fixture
def templates(matching, build, monkeypatch):
    """Postings that those of the tenants are copies of, so few that equal scores are common; none is matched itself."""
    monkeypatch.setattr("blacklight_matching.matches.keeping.service.MOST_MATCHES", MOST)
    skills = [", ".join(random.Random(n).sample(SKILLS, 1 + n % 4)) for n in range(4)]
    drafts = [build.draft("Java Developer", each) for each in skills]
    rows = matching.take_in(
        [replace(draft, description=draft.description + terms) for draft, terms in zip(drafts, TERMS, strict=True)]
    )
    matching.arrivals.read_waiting(None)
    with matching.database.platform_transaction() as session:
        session.execute(text("UPDATE postings SET end_state = 'CLOSED'"))
    return [UUID(row.posting_id) for row in rows]


@guards("P-64", file=STATEMENTS, old=" AND b.state = 'SUGGESTED' RETURNING", new=" RETURNING")
@guards("P-65", file=KEEPING, old="if holding > MOST_MATCHES]", new="if holding < 0]")
@pytest.mark.parametrize("part", range(PARTS))
def test_p64_p65_every_list_is_as_a_full_matching_leaves_it(matching, build, templates, part):
    seen = blocked = 0
    for seed in range(part * ORDERS // PARTS, (part + 1) * ORDERS // PARTS):
        tenant = Tenant(matching, build, templates, seed)
        tenant.run(tenant.chance.randint(4, 9))
        rows, holding = tenant.stored()
        suggested = {pair for pair, row in rows.items() if row[0] == "SUGGESTED"}
        assert suggested == tenant.expected(), seed
        assert rows.keys() - suggested == tenant.judged, seed
        seen, blocked = seen + len(suggested), blocked + tenant.blocked
        matching.candidates.match_all(tenant.user, sorted(tenant.profiles))
        assert tenant.stored() == (rows, holding), seed
        counted = {each: sum(row[6] for pair, row in rows.items() if pair[0] == each) for each, _ in rows}
        assert {each: count for each, count in counted.items() if count} == holding, seed
    assert seen > ORDERS // PARTS, "lists are mostly not empty"
    assert blocked, "filters exclude some"
