"""Right to work, sponsorship and clearance out of a posting's words."""

from __future__ import annotations

import pytest
from blacklight_matching.postings.extraction import find_authorizations, find_clearance, find_sponsorship


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Visa: USC, GC, H4 EAD and TN", {"US_CITIZEN", "GREEN_CARD", "EAD", "TN"}),
        ("US citizens and green card holders only", {"US_CITIZEN", "GREEN_CARD"}),
        ("Must be a U.S. Citizen or permanent resident", {"US_CITIZEN", "GREEN_CARD"}),
        ("H1B and OPT candidates are welcome", {"H1B", "OPT"}),
        ("No H1B, only USC or GC", {"US_CITIZEN", "GREEN_CARD"}),
        ("H1B is not accepted", set()),
        ("We cannot take CPT or OPT candidates", set()),
        ("We sponsor H1B visas", set()),
        ("US citizens and green card holders preferred", set()),
        ("Preference given to US citizens", set()),
        ("US citizens only; green card preferred for the second role", {"US_CITIZEN"}),
        ("Any visa is fine", {"US_CITIZEN", "GREEN_CARD", "H1B", "EAD", "OPT", "CPT", "TN"}),
        ("Read the CPT codes, opt in to mails, work in Nashville, TN", set()),
        ("The GC of the company reviews contracts", set()),
        ("", set()),
    ],
)
def test_reads_who_is_accepted(text: str, kinds: set[str]) -> None:
    assert {found.kind for found in find_authorizations(text)} == kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Visa sponsorship is available", "OFFERED"),
        ("We sponsor H1B visas", "OFFERED"),
        ("H1B transfer welcome", "OFFERED"),
        ("No visa sponsorship", "NOT_OFFERED"),
        ("We are unable to sponsor work visas at this time", "NOT_OFFERED"),
        ("Authorized to work in the US without sponsorship", "NOT_OFFERED"),
        ("Sponsorship is not offered", "NOT_OFFERED"),
        ("We sponsor meetups and conferences", ""),
        ("", ""),
    ],
)
def test_reads_whether_visas_are_sponsored(text: str, kind: str) -> None:
    found = find_sponsorship(text)
    assert (found.kind if found else "") == kind


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Active TS/SCI with polygraph", "TS_SCI"),
        ("Top Secret clearance required", "TOP_SECRET"),
        ("Must hold a Secret clearance", "SECRET"),
        ("Able to obtain a Public Trust clearance", "PUBLIC_TRUST"),
        ("No secret clearance needed", ""),
        ("A secret clearance is not required", ""),
        ("Our secret sauce is a clear plan; trade secrets are kept", ""),
    ],
)
def test_reads_the_clearance_asked_for(text: str, level: str) -> None:
    found = find_clearance(text)
    assert (found.level if found else "") == level
