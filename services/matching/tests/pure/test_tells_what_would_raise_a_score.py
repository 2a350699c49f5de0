"""What would raise a score: the gain foretold is the gain of the edit, on 1,000 random edits."""

from __future__ import annotations

import random
from dataclasses import replace
from uuid import UUID

from blacklight_matching.matches.edits import edits_of
from blacklight_matching.profiles.profile import Profile, ShownSkill
from blacklight_matching.scoring import CandidateSide, PostingSide, raises, score_pair
from blacklight_matching.vectors import embed_texts
from blacklight_matching.vectors.texts import posting_text

SKILLS = [
    ("java", "Java"), ("sql", "SQL"), ("c-plus-plus", "C++"), ("net", ".NET"), ("spring-boot", "Spring Boot"),
    ("react", "React"), ("sap-s4-hana", "SAP S/4HANA"), ("aws", "AWS"), ("kafka", "Apache Kafka"), ("r", "R"),
    ("power-bi", "Power BI"), ("?quantum widgets", "quantum widgets"), ("node-js", "Node.js"), ("go", "Go"),
]  # fmt: skip
WORDS = (
    "builds", "billing", "data", "platform", "team", "cloud", "reports", "bank",
    "hospital", "network", "safely", "he", "tests", "mobile", "claims",
)  # fmt: skip


def side_of(profile: Profile) -> CandidateSide:
    vector = embed_texts([profile.text], "profile")[0]
    return CandidateSide(frozenset(profile.skill_keys), profile.experience_years, vector)


def drawn(chance: random.Random) -> tuple[Profile, PostingSide, list[tuple[str, str]]]:
    has = chance.sample(SKILLS, chance.randint(0, 6))
    if chance.random() < 0.1:
        has = [*has, *((f"?skill {n}", f"Skill {n}") for n in range(40))]
    required = chance.sample(SKILLS, chance.randint(0, 9))
    profile = Profile(
        UUID(int=chance.getrandbits(64)), 1, "Robin Example", True, chance.choice(["", "Developer", "Tester"]), (),
        chance.choice([None, 0, 3, 7, 20]), (), tuple(ShownSkill(key, name, "", 0, 0) for key, name in has),
        " ".join(chance.choices(WORDS, k=chance.choice([0, 12, 900]))), None,
    )  # fmt: skip
    text = posting_text("Developer", [name for _, name in required], " ".join(chance.choices(WORDS, k=40)))
    low = chance.choice([None, 2, 5, 7.5])
    posting = PostingSide(tuple(key for key, _ in required), low, None, embed_texts([text], "posting")[0])
    return profile, posting, required


def test_the_gain_foretold_is_the_gain_of_the_edit() -> None:
    chance, checked = random.Random(20261123), 0
    while checked < 1_000:
        profile, posting, required = drawn(chance)
        before = score_pair(side_of(profile), posting)
        told = {
            (each.kind, each.subject): each
            for each in raises(before, edits_of(profile, side_of(profile), required, posting), posting)
        }
        edited = {
            ("ADD_SKILL", name): replace(profile, skills=(*profile.skills, ShownSkill(key, name, "", 0, 0)))
            for key, name in required
            if key not in profile.skill_keys
        }
        if posting.min_years and (profile.experience_years or 0) < posting.min_years:
            years = -int(-posting.min_years // 1)
            edited["REACH_YEARS", str(years)] = replace(profile, experience_years=years)
        for edit, after in edited.items():
            overall = score_pair(side_of(after), posting).overall
            expected = (overall - before.overall, overall) if overall > before.overall else None
            found = told.get(edit)
            assert (found and (found.gain, found.score)) == expected, edit
            checked += 1
        assert set(told) <= set(edited)


def test_the_greatest_gain_comes_first_and_what_gains_nothing_is_not_told() -> None:
    chance = random.Random(7)
    for _ in range(50):
        profile, posting, required = drawn(chance)
        side = side_of(profile)
        told = raises(score_pair(side, posting), edits_of(profile, side, required, posting), posting)
        assert [each.gain for each in told] == sorted((each.gain for each in told), reverse=True)
        assert all(each.gain > 0 for each in told)
