"""What the demo checks itself against: `expected.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from posting_facts import read_yaml
from resume_source import list_sources, read_resume

EXPECTED = Path(__file__).parent / "expected.json"

FAR_FROM = {
    "anika-varma.pdf": "indeed-0901",
    "helena-brandt.pdf": "indeed-0901",
    "rohan-mehrotra.docx": "glassdoor-0901",
    "ines-caldeira.pdf": "indeed-0901",
    "marisol-tremaine.docx": "linkedin-0901",
    "clifford-ambrose.docx": "dice-0901",
}
"""Per résumé a posting of another trade that may not be among the person's best fifty."""

REPORTED = ("anika-varma.pdf", "rohan-mehrotra.docx", "helena-brandt.pdf")
OTHER_NAMES = {
    ".NET Developer": ["NET Developer"],
    "Power BI Developer": ["Power Business Intelligence Developer"],
    "QA Automation Engineer": ["Quality Assurance Automation Engineer", "Test Automation Engineer"],
    "Data Analyst": ["Junior Data Analyst"],
    "Software Engineer": ["Staff Software Engineer"],
}
"""Other canonical names of a role: short forms written out, levels kept."""


def write_expected(postings: list[dict[str, Any]]) -> None:
    """Write the expectations; raises KeyError when a person or posting they name does not exist."""
    people = {resume.file: resume for resume in map(read_resume, list_sources())}
    best = {row["person"]: row for row in read_yaml("expected.yaml")}
    names = [row["role"] for row in read_yaml("bench_occupations.yaml")]
    roles = {name: [name, *OTHER_NAMES.get(name, [])] for name in names}
    content = {
        "people": [
            {
                "resume": file,
                "name": people[file].name,
                "email": people[file].email,
                "role": best[file]["role_hint"],
                "must_be_in_top_5": best[file]["key"],
                "must_not_be_in_top_50": far,
            }
            for file, far in FAR_FROM.items()
        ],
        "report": [people[file].email for file in REPORTED],
        "explained": {"email": people[REPORTED[0]].email, "posting": best[REPORTED[0]]["key"]},
        "duplicates": [row["key"] for row in postings if "duplicate_of" in row],
        "distinct": [[row["near"], row["key"]] for row in read_yaml("near_misses.yaml") if "near" in row],
        "roles": roles,
    }
    EXPECTED.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
