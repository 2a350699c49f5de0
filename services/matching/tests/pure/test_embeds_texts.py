"""Vectors: whole numbers of unit length, the same whatever the batch, near for what means the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from blacklight_matching.vectors import (
    DIMENSIONS,
    VECTOR_SCALE,
    cosine_hundredths,
    embed_texts,
    embed_titles,
    engine_version,
    nearest,
    products,
)
from blacklight_matching.vectors.similarity import as_factors
from blacklight_matching.vectors.texts import posting_text, profile_text, titles_of
from blacklight_matching.vectors.variants import embed_variants
from hypothesis import given, settings
from hypothesis import strategies as st

TITLES = ["Java Developer", "SAP FICO Consultant", "Registered Nurse", "Staff Accountant", "DevOps Engineer"]


def test_gives_whole_numbers_of_unit_length() -> None:
    vectors = embed_titles(TITLES)
    assert vectors.dtype == np.int16
    assert vectors.shape == (len(TITLES), DIMENSIONS)
    lengths = np.sqrt(np.square(vectors.astype(np.int64)).sum(axis=1))
    assert np.all(np.abs(lengths - VECTOR_SCALE) < 10)


@pytest.mark.parametrize("kind", ["profile", "posting"])
def test_gives_the_zero_vector_for_an_empty_text(kind: str) -> None:
    vectors = embed_texts(["", "Java developer", "  \n "], kind)  # type: ignore[arg-type]
    assert not vectors[0].any()
    assert vectors[1].any()
    assert not vectors[2].any()
    assert embed_texts([], kind).shape == (0, DIMENSIONS)  # type: ignore[arg-type]


def test_a_text_has_one_vector_whatever_stands_beside_it() -> None:
    texts = [f"{title} with {n} years, writes reports. " * (n + 1) for n, title in enumerate(TITLES * 40)]
    together = embed_texts(texts, "posting")
    alone = np.concatenate([embed_texts([text], "posting") for text in texts])
    assert np.array_equal(together, alone)


def test_embeds_very_long_texts_in_pieces_as_in_one() -> None:
    words = " ".join(f"java sap nurse {n}" for n in range(9000))
    assert np.array_equal(embed_texts([words], "profile")[0], embed_texts(["x", words], "profile")[1])


def test_titles_that_mean_the_same_are_nearest() -> None:
    known = embed_titles(TITLES)
    for query, expected in [
        ("Sr. Java Dev - Remote", 0),
        ("FI/CO consultant, SAP", 1),
        ("RN", 2),
        ("Accountant II", 3),
        ("Site reliability engineer", 4),
    ]:
        assert nearest(embed_titles([query])[0], known, 1)[0][0] == expected


def test_level_place_and_requisition_change_nothing() -> None:
    plain, noisy = embed_titles(["Java Developer", "Sr. Java Developer II - Dallas, TX - C2C - Req #4711"])
    assert np.array_equal(plain, noisy)


def test_centring_tells_long_texts_of_different_work_apart() -> None:
    phrase = " We are an equal opportunity employer and look for a team player with communication skills."
    nurse = posting_text("Registered Nurse", ["Critical Care"], "Care for patients in the ICU." + phrase)
    java = posting_text("Java Developer", ["Java", "Spring"], "Build services in Java and Spring." + phrase)
    person = profile_text(["ICU Nurse"], ["Basic Life Support"], "Cares for critical patients.")
    postings = embed_texts([nurse, java], "posting")
    scores = cosine_hundredths(embed_texts([person], "profile"), postings)[0]
    assert scores[0] > scores[1] + 2_000


def test_products_are_exact_in_any_blocking() -> None:
    generator = np.random.default_rng(7)
    left = generator.normal(size=(37, DIMENSIONS))
    left = np.rint(left / np.linalg.norm(left, axis=1, keepdims=True) * VECTOR_SCALE).astype(np.int16)
    exact = left.astype(np.int64) @ left.astype(np.int64).T
    factors = as_factors(left)
    assert np.array_equal(products(factors, factors), exact)
    blocks = np.concatenate([products(factors[i : i + 5], factors) for i in range(0, 37, 5)])
    assert np.array_equal(blocks, exact)


def test_cosines_stay_between_nothing_and_full() -> None:
    vectors = embed_titles([*TITLES, ""])
    scores = cosine_hundredths(vectors, np.concatenate([vectors, -vectors]))
    assert scores.min() == 0
    assert scores.max() <= 10_000
    assert np.all(np.diag(scores)[: len(TITLES)] >= 9_950)


def test_the_engine_version_names_the_table() -> None:
    rule, _, name = engine_version().partition("/")
    assert rule.startswith("static-")
    assert len(name.split("-")[-1]) == 8


def test_the_engine_version_is_the_digest_of_the_tables() -> None:
    """The artefacts, their description and the tool that names them agree."""
    folder = Path(str(files("blacklight_matching.vectors").joinpath("data")))
    description = json.loads((folder / "table.json").read_text("utf-8"))
    digest = hashlib.sha256()
    for name in ("rows", "scales", "prototypes", "axes", "places"):
        digest.update(np.load(folder / f"{name}.npy").tobytes())
    digest.update(json.dumps([description["means"], description["codes"]], sort_keys=True).encode())
    rows = np.load(folder / "rows.npy").tobytes() + np.load(folder / "scales.npy").tobytes()
    assert description["rows_sha256"] == hashlib.sha256(rows).hexdigest()
    assert description["sha256"] == digest.hexdigest()
    assert engine_version().endswith(digest.hexdigest()[:8])


def test_a_title_draws_a_text_towards_its_occupation() -> None:
    titled = profile_text(["ICU Nurse"], [], "Works with colleagues, writes reports and reaches goals.")
    same_words = titled.replace("\n", " ")
    posting = embed_texts([posting_text("Registered Nurse", [], "Care for patients.")], "posting")
    plain, drawn = cosine_hundredths(embed_texts([same_words, titled], "profile"), posting)[:, 0]
    assert drawn > plain + 500


def test_the_titles_of_a_text_are_read_back() -> None:
    assert titles_of(profile_text(["ICU Nurse", "Charge\nNurse"], ["CPR"], "Cares.\nHeals.")) == [
        "ICU Nurse",
        "Charge Nurse",
    ]
    assert titles_of(profile_text([], ["CPR"], "Cares.")) == []
    assert titles_of("any other text") == []


def test_variants_of_a_text_equal_the_longer_texts() -> None:
    text, longer = (profile_text(["Data Engineer"], skills, "Builds.") for skills in (["SQL"], ["SQL", "Java"]))
    assert np.array_equal(embed_variants(text, [", Java"], "profile"), embed_texts([longer], "profile"))


@given(st.lists(st.text(max_size=80), max_size=6))
@settings(max_examples=60)
def test_any_text_has_a_vector_in_range(texts: list[str]) -> None:
    vectors = embed_texts(texts, "profile")
    assert vectors.shape == (len(texts), DIMENSIONS)
    assert np.abs(vectors.astype(int)).max(initial=0) <= VECTOR_SCALE


def test_vectors_are_the_same_bytes_in_every_process_and_thread_count() -> None:
    code = (
        "import sys;from blacklight_matching.vectors import *;"
        "t=['Java Developer','ICU nurse with care','x '*3000];"
        "sys.stdout.buffer.write(embed_texts(t,'posting').tobytes()+embed_titles(t).tobytes())"
    )
    digests = set()
    for seed, threads in (("0", "1"), ("99", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads}
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
        digests.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(digests) == 1


def test_changed_vectors_have_a_new_engine_version() -> None:
    """After a change of table or rules: raise ENGINE_VERSION, then put both here."""
    texts = ["Java Developer", "ICU nurse with care", "SAP FICO - Remote, TX", "x " * 3000]
    texts.append(profile_text(["ICU Nurse", "Java Dev"], ["CPR"], "Cares for patients and writes services."))
    made = embed_texts(texts, "posting").tobytes() + embed_texts(texts, "profile").tobytes()
    digest = hashlib.sha256(made + embed_titles(texts).tobytes()).hexdigest()[:16]
    assert (engine_version(), digest) == ("static-2/static-c5-d4d80f3f", "911e96ee7d23620e")
