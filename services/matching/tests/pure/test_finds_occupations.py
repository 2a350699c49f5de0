"""O*NET look-up: exact titles first, likely occupations after them, nothing sure where nothing is near."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from blacklight_matching.occupations import OccupationIndex, find_many, find_occupations
from blacklight_matching.occupations.known_titles import known_lines, known_titles
from blacklight_matching.vectors.table import table

TITLES = ["Sr. Java Developer - Dallas, TX - C2C", "RN", "Scrum Master", "Data warehouse person", "Staff Accountant"]


def test_an_exact_title_comes_first_and_is_sure() -> None:
    best = find_occupations("Scrum Master")[0]
    assert (best.code, best.is_exact, best.is_sure, best.score) == ("15-1299.09", True, True, 10_000)


def test_noise_around_a_title_does_not_hide_it() -> None:
    best = find_occupations("Sr. Java Developer II (Remote) - Dallas, TX - C2C - Req #4711")[0]
    assert best.is_exact
    assert best.code.startswith("15-125")


def test_a_title_of_several_occupations_shares_its_score_among_them() -> None:
    found = find_occupations("BSA", 10)
    exact = [occupation for occupation in found if occupation.is_exact]
    assert len(exact) > 1
    assert found[: len(exact)] == exact
    assert 10_000 - len(exact) <= sum(occupation.score for occupation in exact) <= 10_000


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("RN", "29-1141.00"),
        ("ICU nurse", "29-1141.03"),
        ("Lead BI Dev", "15-2051.01"),
        ("iOS app developer", "15-1252.00"),
    ],
)
def test_titles_that_are_not_listed_find_their_occupation(title: str, code: str) -> None:
    assert code in [occupation.code for occupation in find_occupations(title, 2)]


@pytest.mark.parametrize("title", ["asdf qwer", "zzz", "42 / 17"])
def test_nothing_is_sure_where_nothing_is_near(title: str) -> None:
    assert not any(occupation.is_sure for occupation in find_occupations(title))


def test_an_empty_title_has_no_occupation() -> None:
    assert find_many(["", "   "]) == [[], []]


def test_a_title_has_one_answer_whatever_stands_beside_it() -> None:
    together = find_many(TITLES * 60)
    assert together[: len(TITLES)] == [find_occupations(title) for title in TITLES]


def test_titles_left_out_are_not_exact_any_more() -> None:
    known = known_titles(known_lines(), frozenset({"scrum master"}))
    found = OccupationIndex(known, table()).find(["Scrum Master"], 5)[0]
    assert not any(occupation.is_exact for occupation in found)


def test_answers_are_the_same_in_every_process_and_thread_count() -> None:
    code = f"from blacklight_matching.occupations import find_many; print(find_many({TITLES!r}))"
    told = set()
    for seed, threads in (("0", "1"), ("99", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads}
        told.add(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment).stdout)
    assert len(told) == 1
