"""The same posting on two boards is one; two openings under one title are two (P-43, P-37)."""

from __future__ import annotations

import pytest
from blacklight_matching.fingerprint import fingerprint, normal_company, synthetic_id
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st

BODY = "Build payment services in Java and Spring with a team of ten people in the bank."
ORIGINAL = fingerprint("Java Developer", "Acme, Inc.", "New York, NY", BODY)


@pytest.mark.parametrize(
    ("title", "company", "place", "body"),
    [
        ("JAVA DEVELOPER", "ACME", "NYC", BODY.upper()),
        ("Java Developer - Req #12345", "Acme Inc", "New York, New York", f"<p>{BODY}</p>"),
        ("Java Developer", "Acme, Inc.", "New York, NY 10001, USA", BODY.replace(" ", " \n ")),
        ("Java Developer (C2C)", "acme inc.", "New York, NY (Remote)", BODY + " https://x.io/?utm_source=z #LI-AB1"),
        ("Java Developer", "Acme", "New York", BODY + " Job ID: 99-1234"),
        ("Java&nbsp;Developer", "Acme", "nyc", BODY.replace("payment", "<b>payment</b>")),
    ],
)
def test_a_repost_has_the_same_fingerprint(title: str, company: str, place: str, body: str) -> None:
    assert fingerprint(title, company, place, body) == ORIGINAL


@pytest.mark.parametrize(
    ("title", "company", "place", "body"),
    [
        ("Java Developer", "Acme", "New York, NY", BODY.replace("payment", "trading")),
        ("Java Developer", "Acme", "Boston, MA", BODY),
        ("Java Developer", "Umbrella", "New York, NY", BODY),
        ("Java Architect", "Acme", "New York, NY", BODY),
        ("Java Developer", "Acme", "New York, NY", BODY + " Second opening: the lending team needs you."),
        ("Java Developer", "Acme", "New York, NY", BODY.replace("Java", "C++")),
    ],
)
def test_another_opening_has_another_fingerprint(title: str, company: str, place: str, body: str) -> None:
    assert fingerprint(title, company, place, body) != ORIGINAL


@guards(
    "P-43",
    file="services/matching/src/blacklight_matching/fingerprint.py",
    old="_normal_place(location), text)",
    new="_normal_place(location), text[:100])",
)
def test_p43_openings_that_share_only_their_first_hundred_characters_stay_apart() -> None:
    intro = "Acme is a leading company that helps customers around the world. " * 3
    one = fingerprint("Analyst", "Acme", "", intro + "You will work on credit cards.")
    other = fingerprint("Analyst", "Acme", "", intro + "You will work on mortgages.")
    assert one != other


def test_a_posting_that_says_too_little_has_none() -> None:
    assert fingerprint("Java Developer", "Acme", "NYC", "Call us") is None
    assert fingerprint("Java Developer", "Acme", "NYC", "<p></p>") is None


@guards(
    "P-37",
    file="services/matching/src/blacklight_matching/fingerprint.py",
    old="_sha256('|'.join(fields))[:16]",
    new="_sha256('|'.join(fields))[1:17]",
)
def test_p37_synthetic_ids_are_pinned() -> None:
    assert synthetic_id("dice", "Java Dev", "Acme", "NY") == "syn-b78785dbfc2a57fd"


def test_synthetic_ids_ignore_case_and_blanks_and_nothing_else() -> None:
    assert synthetic_id("Dice", "java  dev ", "ACME", "ny") == synthetic_id("dice", "Java Dev", "Acme", "NY")
    assert synthetic_id("dice", "Java Dev", "Acme", "NJ") != synthetic_id("dice", "Java Dev", "Acme", "NY")
    assert synthetic_id("monster", "Java Dev", "Acme", "NY") != synthetic_id("dice", "Java Dev", "Acme", "NY")


def test_a_legal_form_does_not_make_another_company() -> None:
    assert normal_company("Acme Data, Inc.") == normal_company("ACME DATA") == "acme data"
    assert normal_company("LLC") == "llc"


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40), st.text(max_size=400))
def test_any_posting_has_a_fingerprint_or_none_and_an_id(title: str, company: str, place: str, body: str) -> None:
    print_of = fingerprint(title, company, place, body)
    assert print_of is None or len(print_of) == 64
    assert len(synthetic_id("x", title, company, place)) == 20
    assert fingerprint(title, company, place, body) == print_of
