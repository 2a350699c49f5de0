"""Many pairs at once give the same integers as one pair, however they are cut into blocks (Q6)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from blacklight_matching.scoring import (
    UNKNOWN,
    CandidateColumns,
    CandidateSide,
    PostingColumns,
    PostingSide,
    ScoreBlock,
    SkillIndex,
    are_matches,
    is_match,
    score_block,
    score_pair,
)
from hypothesis import given
from hypothesis import strategies as st

MakePairs = Callable[[int, str], list[tuple[CandidateSide, PostingSide]]]
FIELDS = ("overall", "skills", "experience", "semantic", "coverage", "confidence")

keys = st.sampled_from(["java", "c", "c-plus-plus", "c-sharp", "?x", "?y", "sql", "r"])
years = st.none() | st.integers(0, 480).map(lambda m: m / 12)
vectors = st.none() | st.lists(st.integers(-127, 127), min_size=256, max_size=256).map(
    lambda v: np.array(v, dtype=np.int16)
)
candidates = st.builds(CandidateSide, st.frozensets(keys), years, vectors)
postings = st.builds(PostingSide, st.lists(keys, unique=True).map(tuple), years, years, vectors)


def block_of(candidates: list[CandidateSide], postings: list[PostingSide]) -> ScoreBlock:
    index = SkillIndex()
    return score_block(CandidateColumns.of(candidates, index), PostingColumns.of(postings, index), index)


def assert_equal_to_pairs(block: ScoreBlock, candidates: list[CandidateSide], postings: list[PostingSide]) -> None:
    matches = are_matches(block)
    for row, candidate in enumerate(candidates):
        for column, posting in enumerate(postings):
            score = score_pair(candidate, posting)
            for field in FIELDS:
                single = getattr(score, field)
                assert getattr(block, field)[row, column] == (UNKNOWN if single is None else single), field
            assert matches[row, column] == is_match(score)


def test_a_block_equals_its_pairs(score_pairs: MakePairs) -> None:
    drawn = score_pairs(70, "block")
    ours, theirs = [one for one, _ in drawn], [other for _, other in drawn]
    assert_equal_to_pairs(block_of(ours, theirs), ours, theirs)


@given(st.lists(candidates, max_size=4), st.lists(postings, max_size=4))
def test_any_block_equals_its_pairs(ours: list[CandidateSide], theirs: list[PostingSide]) -> None:
    assert_equal_to_pairs(block_of(ours, theirs), ours, theirs)


@pytest.mark.parametrize("size", [1, 7, 33])
def test_blocking_changes_nothing(score_pairs: MakePairs, size: int) -> None:
    drawn = score_pairs(60, "blocking")
    ours, theirs = [one for one, _ in drawn], [other for _, other in drawn]
    whole = block_of(ours, theirs)
    for start in range(0, len(theirs), size):
        part = block_of(ours, theirs[start : start + size])
        for field in FIELDS:
            assert np.array_equal(getattr(part, field), getattr(whole, field)[:, start : start + size])


def test_missing_data_never_beats_the_mean_of_what_is_known(score_pairs: MakePairs) -> None:
    for one, other in score_pairs(300, "bounds"):
        score = score_pair(one, other)
        known = [part for part in score.parts if part is not None]
        assert not known or min(known) <= score.overall <= max(known)
        assert score.confidence <= score.coverage


def test_another_skill_never_lowers_a_score(score_pairs: MakePairs) -> None:
    for one, other in score_pairs(300, "monotone"):
        richer = CandidateSide(one.skills | set(other.skills[:1]), one.years, one.vector)
        assert score_pair(richer, other).overall >= score_pair(one, other).overall


def test_scores_are_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys,numpy as np;from blacklight_matching.scoring import *;"
        "from blacklight_matching.vectors import embed_texts;"
        "names=['java','sql','git','aws','r','c'];"
        "v=embed_texts([f'{a} {b} work {n}' for n,a in enumerate(names*5) for b in names],'posting');"
        "c=[CandidateSide(frozenset(names[i%6:]),i%12,v[i]) for i in range(100)];"
        "p=[PostingSide(tuple(names[:i%6]),i%7,None,v[i+40]) for i in range(100)];"
        "x=SkillIndex();b=score_block(CandidateColumns.of(c,x),PostingColumns.of(p,x),x);"
        "sys.stdout.buffer.write(b.overall.tobytes()+b.semantic.tobytes()+b.confidence.tobytes())"
    )
    digests = set()
    for seed, threads in (("0", "1"), ("7", "2"), ("123", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads}
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
        assert len(run.stdout) == 100 * 100 * 2 * 3
        digests.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(digests) == 1
