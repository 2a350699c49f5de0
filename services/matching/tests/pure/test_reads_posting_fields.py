"""Years, pay, place of work and contract out of a posting's words; the cases of pain P-69 first."""

from __future__ import annotations

import pytest
from blacklight_matching.postings.extraction import (
    extract_posting,
    find_contracts,
    find_pay,
    find_workplace,
    years_asked,
    years_in_field,
)
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st

YEARS = "services/matching/src/blacklight_matching/postings/extraction/years.py"
PAY = "services/matching/src/blacklight_matching/postings/extraction/pay.py"
WORKPLACE = "services/matching/src/blacklight_matching/postings/extraction/workplace.py"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5+ years of experience with Java", 5, None),
        ("Minimum of 3 years experience in accounting.", 3, None),
        ("3-5 years of relevant experience", 3, 5),
        ("3 to 5 yrs exp in SAP", 3, 5),
        ("At least seven (7) years of hands-on development experience", 7, None),
        ("Experience: 8 years minimum", 8, None),
        ("up to 4 years of experience", None, 4),
        ("10+ years in software development", 10, None),
        ("We have been in business for 20 years. You bring 4 years of experience in QA.", 4, None),
        ("2 years of Python experience and 6 years of SQL experience", 6, None),
        ("Requires 5 years of nursing experience. 8 years preferred experience is a plus.", 5, None),
        ("18 months of experience as a bookkeeper", 1.5, None),
        ("Must have 5+ years COBOL, JCL experience.", 5, None),
        ("YEARS: 10+, NO JUNIORS", 10, None),
        ("Requirements: 3 years, dbt, SQL", 3, None),
        ("Know Azure and Blazor; 5 years minimum.", 5, None),
    ],
)
def test_reads_the_years_asked_for(text: str, low: float | None, high: float | None) -> None:
    years = years_asked(text)
    assert years is not None
    assert (years.low, years.high) == (low, high)


@guards(
    "P-69",
    file=YEARS,
    old="        or _NOT_OF_THE_PERSON.search(before)\n",
    new="",
)
@pytest.mark.parametrize(
    "text",
    [
        "We have been in business for over 20 years.",
        "With 25 years of experience serving clients, our company is a leader in its market.",
        "Founded 30 years ago.",
        "Our company has 25 years of experience in banking.",
        "Applicants must be 18 years or older.",
        "This is a 2 year contract.",
        "A four-year degree is required.",
        "Our team has 100 years of history.",
        "The company has grown over the past 10 years.",
        "401(k) with 3 years vesting",
        "401(k) after 2 years of service",
        "A sabbatical for everyone after 5+ years with us",
        "",
    ],
)
def test_p69_takes_no_other_years_for_experience(text: str) -> None:
    assert years_asked(text) is None


def test_gives_the_sentence_that_asks_for_the_years() -> None:
    text = "Join us. You have 4+ years of experience in testing. Apply now."
    years = years_asked(text)
    assert years is not None
    assert text[years.sentence.start : years.sentence.end] == "You have 4+ years of experience in testing."


@pytest.mark.parametrize(
    ("value", "expected"), [("5-7", (5, 7)), ("3+", (3, None)), ("2 years", (2, None)), ("senior", None)]
)
def test_reads_a_field_that_is_only_about_years(value: str, expected: tuple[float, float | None] | None) -> None:
    years = years_in_field(value)
    assert (None if years is None else (years.low, years.high)) == expected


@guards("P-69", file=PAY, old="(?:[, ']\\d{3})+", new="(?:[']\\d{3})+")
@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "currency"),
    [
        ("Salary: $120,000 - $150,000 per year", 120_000, 150_000, "YEAR", "USD"),
        ("$65/hr on W2", 65, None, "HOUR", "USD"),
        ("Pay rate: $60-70/hr", 60, 70, "HOUR", "USD"),
        ("Salary 90k-110k", 90_000, 110_000, "YEAR", ""),
        ("A salary of about 55-65k", 55_000, 65_000, "YEAR", ""),
        ("$95K to $110K annually", 95_000, 110_000, "YEAR", "USD"),
        ("up to $80 per hour", None, 80, "HOUR", "USD"),
        ("£45,000 per annum", 45_000, None, "YEAR", "GBP"),
        ("€500 per day", 500, None, "DAY", "EUR"),
        ("USD 5,500 per month", 5_500, None, "MONTH", "USD"),
        ("Raised $25 million last year. Base salary $130,000.", 130_000, None, "YEAR", "USD"),
        ("$5,000 sign-on bonus, $38.50 per hour", 38.5, None, "HOUR", "USD"),
        ("From 45.000 to 60.000 EUR a year", 45_000, 60_000, "YEAR", "EUR"),
        ("Salary: $110k - $170k AUD package", 110_000, 170_000, "YEAR", "AUD"),
        ("Compensation: £40-50K per annum plus equity", 40_000, 50_000, "YEAR", "GBP"),
        ("The daily rate is £450-500.", 450, 500, "DAY", "GBP"),
        ("We closed a seed round of £250,000. Salary £60k.", 60_000, None, "YEAR", "GBP"),
        ("12 lakhs per annum INR, CTC 12 lakhs per annum", 1_200_000, None, "YEAR", "INR"),
    ],
)
def test_p69_reads_pay(text: str, low: int | None, high: int | None, unit: str, currency: str) -> None:
    pay = find_pay(text)
    assert pay is not None
    assert (pay.min, pay.max, pay.period, pay.currency) == (low, high, unit, currency)


@guards("P-69", file=PAY, old="_NOT_PAY.search(_last_clause(before)) or ", new="")
@pytest.mark.parametrize(
    "text",
    [
        "A company with $2.5 billion revenue",
        "We raised $40,000,000 in funding",
        "Manage a budget of 3 projects and 12 people in 2021",
        "Referral bonus of $2,000 per year",
        "A shop with a revenue of $400,000 per year",
        "We raised $250,000 in funding",
        "A sign-on bonus of $20,000",
        "Looks after assets of $900,000",
        "Savings of $75,000 per year for our customers",
        "Call 555-555-0100 between 9 and 17",
        "401(k), 10 days a year off",
        "tuition reimbursement up to $5,250 per year",
    ],
)
def test_p69_takes_no_other_money_for_pay(text: str) -> None:
    assert find_pay(text) is None


@guards(
    "P-69",
    file=WORKPLACE,
    old="((ONSITE, _NOT_REMOTE), (HYBRID, _HYBRID)",
    new="((HYBRID, _HYBRID)",
)
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("This is a 100% remote position", "REMOTE"),
        ("Work from home", "REMOTE"),
        ("Location: Remote (US)", "REMOTE"),
        ("This position is not remote", "ONSITE"),
        ("No remote work", "ONSITE"),
        ("Remote work is not available", "ONSITE"),
        ("Hybrid, 3 days in the office", "HYBRID"),
        ("Remote with 2 days per week in the office", "HYBRID"),
        ("Onsite in Dallas", "ONSITE"),
        ("On site or remote, as you like", "REMOTE"),
        ("We are not recruiting remotely for this role", "ONSITE"),
        ("Work from home on Fridays", "HYBRID"),
        ("Hartford, CT (5 days onsite)", "ONSITE"),
        ("Hartford, CT (3 days onsite)", "HYBRID"),
    ],
)
def test_p69_reads_where_the_work_is_done(text: str, kind: str) -> None:
    found = find_workplace(text)
    assert found is not None
    assert found.kind == kind


@guards(
    "P-69",
    file=WORKPLACE,
    old="virtual\\s+(?:position|role|job|office|work)",
    new="virtual",
)
@pytest.mark.parametrize(
    "text",
    [
        "Experience with virtual machines and the JVM",
        "Supports remote desktop and remote servers",
        "Remote sensing of crops",
        "hybrid cloud and hybrid mobile apps",
        "distributed systems used anywhere",
        "Provide remote support to remote sites",
        "remote staff connect through a concentrator",
        "a gym and free lunch, an on-site bar",
        "we hold remote interviews",
    ],
)
def test_p69_takes_no_technology_for_a_place_of_work(text: str) -> None:
    assert find_workplace(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("6 month contract, possible extension", "CONTRACT"),
        ("Contract to hire", "CONTRACT_TO_HIRE"),
        ("C2C or W2", "CONTRACT"),
        ("Full-time permanent position", "FULL_TIME"),
        ("Permanent, no C2C please", "FULL_TIME"),
        ("Part-time bookkeeper", "PART_TIME"),
        ("Summer internship", "INTERNSHIP"),
        ("Duration: 12 months", "CONTRACT"),
        ("It's a six-month contract", "CONTRACT"),
        ("Two permanent positions are open", "FULL_TIME"),
    ],
)
def test_reads_the_kind_of_contract(text: str, kind: str) -> None:
    assert kind in [found.kind for found in find_contracts(text)]


@pytest.mark.parametrize("text", ["Temp to perm not offered", "No C2C", "Contract to hire is not available"])
def test_a_kind_of_contract_that_is_refused_is_not_offered(text: str) -> None:
    assert find_contracts(text) == []


@pytest.mark.parametrize("text", ["Draft and negotiate contracts", "Contract Manager", "manage contractors", ""])
def test_takes_no_legal_work_for_a_kind_of_contract(text: str) -> None:
    assert find_contracts(text) == []


@given(st.text(max_size=300), st.text(max_size=1500))
def test_any_posting_is_read_and_its_spans_lie_in_its_text(title: str, description: str) -> None:
    found = extract_posting(title, description)
    spans = [skill_span for skill in found.skills for skill_span in (*skill.mentions, *skill.sentences)]
    spans += [span for group in found.spans.values() for span in group]
    assert all(0 <= span.start <= span.end <= len(found.text) for span in spans)
    assert found.text.endswith(found.description)
