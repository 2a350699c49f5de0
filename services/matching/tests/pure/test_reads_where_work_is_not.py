"""What denies that work is done in an office does not put it there (pain P-69)."""

from __future__ import annotations

import pytest
from blacklight_matching.postings.extraction.workplace import find_workplace
from blacklight_testkit.faults import guards

WORKPLACE = "services/matching/src/blacklight_matching/postings/extraction/workplace.py"


@guards("P-69", file=WORKPLACE, old="    text = _without_denials(text, where)\n", new="")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Fully remote - not hybrid", "REMOTE"),
        ("100% remote. This is not a hybrid or onsite job", "REMOTE"),
        ("Fully remote, no hybrid, no onsite", "REMOTE"),
        ("Remote role (no on-site required)", "REMOTE"),
        ("This isn't hybrid: you work from home", "REMOTE"),
        ("Remote; neither hybrid nor in-office", "REMOTE"),
        ("Remote: yes. Hybrid: no. Onsite: no.", "REMOTE"),
        ("Remote within the US. Hybrid is not an option", "REMOTE"),
        ("Not hybrid, fully remote", "REMOTE"),
        ("Onsite in Reno, not hybrid", "ONSITE"),
        ("Not hybrid", None),
        # What is denied together with remote work stays denied with it.
        ("This is not a hybrid or remote job", "ONSITE"),
        ("No hybrid or remote. Onsite in Reno", "ONSITE"),
        ("This is not a remote or hybrid role", "ONSITE"),
        ("Hybrid, 3 days on site", "HYBRID"),
        ("Hybrid - no relocation", "HYBRID"),
        ("Not only onsite: hybrid", "HYBRID"),
        ("Onsite, no remote", "ONSITE"),
    ],
)
def test_p69_a_denial_of_an_office_is_no_office(text: str, kind: str | None):
    found = find_workplace(text)
    assert (found.kind if found else None) == kind


def test_the_place_of_the_words_is_that_in_the_text():
    text = "This is not a hybrid or onsite job, it is fully remote."
    found = find_workplace(text)
    assert found is not None
    assert text[found.span.start : found.span.end] == "fully remote"
