"""What holds for any text: order, no overlap, the mention itself, the same answer in every process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.resources import files

from blacklight_skills import TAXONOMY_VERSION, find_skill, find_skills
from blacklight_skills.taxonomy import taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st

PIECES = [
    "C++",
    "go",
    "Go",
    "R",
    "r",
    "TF",
    "PyTorch",
    ".NET",
    ", ",
    " / ",
    " and ",
    ". ",
    "-",
    "\n",
    "SAP",
    "MM",
    "AWS",
    "Chef",
    "developer",
    "we",
    " ",
    "(",
    ")",
    "é",
    "https://a.b/c",
    "x@y.zz",
    "C#",
    "#",
    "+",
    "sql",
]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200)


@given(texts)
@settings(max_examples=300)
def test_spans_are_ordered_apart_and_inside_the_text(text: str) -> None:
    position = 0
    for span in find_skills(text):
        assert position <= span.start < span.end <= len(text)
        position = span.end


@given(texts)
@settings(max_examples=200)
def test_every_mention_names_a_known_skill_and_starts_and_ends_with_its_own_characters(text: str) -> None:
    for span in find_skills(text):
        skill = find_skill(span.skill_id)
        assert skill is not None
        assert skill.name == span.name
        mention = text[span.start : span.end]
        assert mention == mention.strip()


@given(texts, st.sampled_from(["\n\nJava", " ... Kubernetes"]))
def test_a_plain_skill_is_found_whatever_stands_before_it(text: str, tail: str) -> None:
    wanted = "java" if "Java" in tail else "kubernetes"
    assert wanted in {span.skill_id for span in find_skills(text + tail)}


def test_answers_alike_under_every_hash_seed() -> None:
    code = (
        "import sys;from blacklight_skills import find_skills,key_of;"
        "t=sys.stdin.read();print(find_skills(t),key_of('tf'),key_of('Go'))"
    )
    text = "TF, PyTorch; SAP SD/MM, Go, R, BI developer, AWS (EC2, S3), ICU and telemetry. " * 20
    answers = {
        hashlib.sha256(
            subprocess.run(
                [sys.executable, "-c", code],
                input=text,
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout.encode()
        ).hexdigest()
        for seed in ("0", "1", "4242")
    }
    assert len(answers) == 1


def test_ids_are_slugs_and_never_look_like_unknown_keys() -> None:
    for skill_id in taxonomy().skills:
        assert skill_id == skill_id.lower()
        assert skill_id.replace("-", "").isalnum()


def test_holds_every_family_the_bench_sells() -> None:
    fields = {skill.field for skill in taxonomy().skills.values()}
    assert fields >= {
        "sap",
        "salesforce",
        "servicenow",
        "workday",
        "oracle",
        "bi",
        "data",
        "mainframe",
        "qa",
        "analysis",
        "devops",
        "nursing",
        "accounting",
        "java",
        "dotnet",
    }


def test_leaves_no_companies_among_the_skills_found_in_text() -> None:
    assert find_skills("Apple, Samsung, Netflix, Uber, Spotify, PayPal and Starbucks are hiring") == []


def test_a_changed_taxonomy_has_a_new_version() -> None:
    """After a build: raise TAXONOMY_VERSION, then put both here."""
    data = files("blacklight_skills").joinpath("data/taxonomy.tsv").read_bytes()
    assert (TAXONOMY_VERSION, hashlib.sha256(data).hexdigest()[:16]) == ("2026.11.5", "8e475c97ec180cd0")
