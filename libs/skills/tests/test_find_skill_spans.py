"""Skill phrases of running text: kinds, borders, the choice among runs that overlap, long texts."""

from __future__ import annotations

import itertools
import math

import pytest
from blacklight_skills import SkillPhrase, find_skill_spans, find_skills
from blacklight_skills.phrases import choose, probabilities
from hypothesis import given, settings
from hypothesis import strategies as st

PIECES = [
    "managing a team",
    "communication skills",
    "Python",
    "experience of",
    "responsible for",
    "proactive",
    "sales",
    "and",
    ",",
    ".",
    "\n",
    "C++",
    "İ",
    "https://a.b/c",
    "•",
    "(",
    "reporting to the board",
]
texts = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join) | st.text(max_size=120)


def phrases(text: str) -> dict[str, str]:
    return {text[phrase.start : phrase.end]: phrase.kind for phrase in find_skill_spans(text)}


def test_reads_what_people_are_and_do_beside_names() -> None:
    found = phrases("You are proactive and have experience of Python; duties include maintaining databases.")
    assert found == {"proactive": "trait", "Python": "named", "maintaining databases": "task"}


def test_a_named_phrase_has_the_id_of_its_skill() -> None:
    text = "Strong knowledge of JavaScript and HTML."
    assert SkillPhrase(20, 30, "named", "javascript") in find_skill_spans(text)


def test_reads_nothing_in_words_about_the_application() -> None:
    assert phrases("Please send your CV to us today. We will contact you within two weeks.") == {}


def test_what_scores_rest_on_is_left_alone_by_phrases() -> None:
    assert find_skills("You are proactive and responsible for managing a team") == []


@given(texts)
@settings(max_examples=100)
def test_phrases_are_ordered_apart_inside_the_text_and_not_empty(text: str) -> None:
    position = 0
    for phrase in find_skill_spans(text):
        assert position <= phrase.start < phrase.end <= len(text)
        assert text[phrase.start : phrase.end].strip() == text[phrase.start : phrase.end]
        assert (phrase.skill_id is not None) == (phrase.kind == "named")
        position = phrase.end


def test_a_sentence_without_end_is_read_in_pieces() -> None:
    text = "experience of managing teams and Python , " * 200
    found = find_skill_spans(text)
    assert [phrase.start for phrase in found if phrase.skill_id] == [at + 33 for at in range(0, len(text), 42)]


def test_probabilities_are_those_of_counting_every_choice() -> None:
    runs = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    scores = [0.5, 1.0, -0.3, 0.2, 2.0]
    weights = {}
    for size in range(len(runs) + 1):
        for chosen in itertools.combinations(range(len(runs)), size):
            if all(runs[a][1] <= runs[b][0] or runs[b][1] <= runs[a][0] for a, b in itertools.combinations(chosen, 2)):
                weights[chosen] = math.exp(sum(scores[index] for index in chosen))
    total = sum(weights.values())
    expected = [sum(w for chosen, w in weights.items() if index in chosen) / total for index in range(len(runs))]
    assert probabilities(runs, scores, 4) == pytest.approx(expected)


def test_chooses_the_runs_that_expect_most_right_answers() -> None:
    runs = [(0, 1), (0, 3), (1, 3), (4, 5)]
    assert choose(runs, [0.3, 0.4, 0.3, 0.1], 0.13) == [(0, 1), (1, 3)]
    assert choose(runs, [0.3, 0.6, 0.3, 0.5], 0.13) == [(0, 3), (4, 5)]
    assert choose([], [], 0.13) == []
