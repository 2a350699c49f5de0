"""Skills in running text: spellings that broke the old word-boundary matcher (P-70), and neighbours."""

from __future__ import annotations

import pytest
from blacklight_skills import SkillSpan, find_skills


def names(text: str) -> list[str]:
    return [span.name for span in find_skills(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C++, C#, .NET and F#; Go, R, Node.js", ["C++", "C#", ".NET", "F#", "Go", "R", "Node.js"]),
        ("ASP.NET MVC, VB.NET, ADO.NET", ["ASP.NET MVC", "VB.NET", "ADO.NET"]),
        ("c++ and c# in lower case", ["C++", "C#"]),
        ("PL/SQL,T-SQL;JCL|CICS|DB2|VSAM", ["PL/SQL", "T-SQL", "JCL", "CICS", "DB2", "VSAM"]),
        ("react native, React and Next.js", ["React Native", "React", "Next.js"]),
        ("Objective-C & Swift developers", ["Objective-C", "Swift"]),
        ("HTML5/CSS3, Java 8+, Angular 17", ["HTML", "CSS", "Java", "Angular"]),
        ("CI/CD with Jenkins", ["CI/CD", "Jenkins"]),
        ("SAP S/4HANA and SAP Fiori", ["SAP S/4HANA", "SAP Fiori"]),
        (
            "ServiceNow ITSM, Workday HCM, Power BI, Snowflake",
            ["ServiceNow ITSM", "Workday", "Power BI", "Snowflake"],
        ),
        ("JavaScript, TS, React; a Secret clearance helps", ["JavaScript", "TypeScript", "React"]),
        ("Medical coding: CPT, ICD-10", ["Medical Coding", "CPT Coding", "ICD-10"]),
        ("COBOL, JCL and VSAM on the mainframe", ["COBOL", "JCL", "VSAM", "Mainframe"]),
        (
            "ICU nurse with BLS and ACLS, Epic EMR",
            ["Critical Care", "Basic Life Support", "Advanced Cardiac Life Support", "Epic EHR"],
        ),
        ("QuickBooks, US GAAP, month-end close", ["QuickBooks", "GAAP", "Month-End Close"]),
        ("scikit-learn and scikit learn", ["scikit-learn", "scikit-learn"]),
        ("full‑stack work", ["Full Stack Development"]),
    ],
)
def test_finds_names_with_signs_and_families_of_the_bench(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Strong in R&D and works with C-level sponsors",
        "the end . Net income grew",
        "We go to market fast and are ready to go live",
        "Go above and beyond for the rest of the team",
        "Research and development (R&D) with a C-level sponsor",
        "a Series C company; class C license required",
        "next steps: a swift answer, please express interest",
        "the es and de languages of our customers",
        "excel at teamwork in a safe place",
        "a natural gas utility that we like with no natural light",
        "Acme plc, founded 1999",
        "write to go@r.com or see https://react.dev/python and www.java.com/sql",
        "Javanese cuisine, scalable ideas, rusty nails, sapling, oracles",
        "A clear vision and sage advice from a chef",
        "Follow us on LinkedIn, Facebook and Twitter",
        "An active TS/SCI clearance with CI poly; TS clearance at least; Top Secret (TS)",
        "USC, GC, H4 EAD, OPT and CPT are fine; no OPT/CPT, no CPT visa",
    ],
)
def test_finds_nothing_in_everyday_words(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("TF, PyTorch and Keras", "TensorFlow", "Terraform"),
        ("AWS, TF, Ansible and Jenkins", "Terraform", "TensorFlow"),
        ("SAP SD/MM consultant", "SAP MM", ""),
        ("candies by the brand MM, SD cards", "", "SAP MM"),
        ("BI developer", "Business Intelligence", ""),
        ("a bi lingual office", "", "Business Intelligence"),
        ("programming in R", "R", ""),
        ("Go microservices", "Go", ""),
        ("Puppet, Chef and Ansible", "Chef", ""),
        ("Chef, Food Safety, Menu Planning", "", "Chef"),
        ("monitoring telemetry with Grafana", "Grafana", "Telemetry Nursing"),
        ("ICU and telemetry", "Telemetry Nursing", ""),
    ],
)
def test_tells_short_forms_apart_by_their_neighbours(text: str, present: str, absent: str) -> None:
    found = names(text)
    assert not present or present in found
    assert not absent or absent not in found


def test_a_short_name_glued_to_a_word_is_another_word() -> None:
    assert names("Java and Go-to-market plans") == ["Java"]
    assert names("Python, R&D") == ["Python"]


def test_leaves_out_a_short_form_that_nothing_decides() -> None:
    assert "Terraform" not in names("TF, PyTorch, Ansible")
    assert "TensorFlow" not in names("TF, PyTorch, Ansible")


def test_takes_the_longest_name() -> None:
    assert names("Spring Boot and SQL Server Integration Services") == ["Spring Boot", "SSIS"]


def test_gives_spans_of_the_text_itself() -> None:
    text = "İstanbul team: ﬁne C++ — and Node.js."
    spans = find_skills(text)
    assert [text[s.start : s.end] for s in spans] == ["C++", "Node.js"]
    assert spans[0] == SkillSpan("c-plus-plus", "C++", 19, 22)


def test_does_not_take_a_sentence_end_for_a_leading_dot() -> None:
    assert ".NET" not in names("We write Java. Net income grew.")
