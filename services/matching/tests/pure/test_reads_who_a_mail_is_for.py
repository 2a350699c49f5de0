"""Whom a mail names as the company that the work is for, and what people say to each other about jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from blacklight_matching.mailboxes.reading.client import client_of
from blacklight_matching.mailboxes.reading.mail import MailJob, read_mail
from blacklight_matching.mailboxes.reading.vendor import vendor_of

NOW = datetime(2026, 3, 4, tzinfo=UTC)
JOB = "Role: QA Analyst\nLocation: Reno, NV\nRate: $50/hr on C2C\n"


def jobs(body: str, subject: str = "QA Analyst") -> tuple[MailJob, ...]:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Dana Roe <dana@sagestaffing.example>", subject
    mail.set_content(f"{body}\n\nThanks,\nDana Roe\nSage Staffing\n")
    return read_mail(mail.as_bytes(), NOW).jobs


@pytest.mark.parametrize(
    ("lines", "company"),
    [
        ("Client: Marlow Foods", "Marlow Foods"),
        ("End Client : Marlow Foods (via Cogniva Tech)", "Marlow Foods"),
        ("Company: Cogniva Tech\nEnd client: Marlow Foods", "Marlow Foods"),
        ("Implementation partner: Cogniva Tech\nClient: Marlow Foods", "Marlow Foods"),
        ("Client: Confidential\nImplementation Partner: Cogniva Tech", "Cogniva Tech"),
        ("Client: Confidential (one of the largest banks)", "Sage Staffing"),
        ("Client: Direct client", "Sage Staffing"),
        ("For: Marlow Foods", "Marlow Foods"),
    ],
)
def test_the_client_that_lines_name_is_the_company(lines: str, company: str) -> None:
    [job] = jobs(f"{JOB}{lines}")
    assert job.company == company


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Marlow Foods in Baltimore, MD needs a React developer for 3 months.", "Marlow Foods"),
        ("Marlow Foods is looking for a tester.", "Marlow Foods"),
        ("Marlow Foods (Durango, CO) is after a tester.", "Marlow Foods"),
        ("Marlow Foods just opened a Quality Engineer contract with us.", "Marlow Foods"),
        ("Since your folks are free: Marlow Foods needs a Product Owner.", "Marlow Foods"),
        ("Currently Marlow Foods requires two testers.", "Marlow Foods"),
        ("You would join Marlow Foods in May.", "Marlow Foods"),
        ("Three Rivers County wants a GIS Analyst.", "Three Rivers County"),
        ("A position with our end client Marlow Foods. It is remote.", "Marlow Foods"),
        ("1. Civil Engineer, Prairie County, Wichita, KS. On site.", "Prairie County"),
        ("The consultant must have dbt, Airflow, Python and SQL.", ""),
        ("We need a Splunk admin for Reston, VA.", ""),
        ("Need a Cobol developer at Lincoln NE onsite.", ""),
        ("Job Title: Engineer with Azure\nWork Location: Reno", ""),
        ("We are looking for a developer. They sent it to us for the role with Marlow\nTitle: x", "Marlow"),
    ],
)
def test_sentences_name_a_client_and_no_skill_or_town(text: str, company: str) -> None:
    assert client_of(text, "Sage Staffing") == company


def test_a_name_broken_at_the_width_of_a_screen_is_whole() -> None:
    text = "Hope all is well with you. We have a QA Analyst role opening with Marlow\nFoods Holding in Reno."
    assert client_of(text, "") == "Marlow Foods Holding"


@pytest.mark.parametrize(
    ("signature", "sender", "firm"),
    [
        ("Bob Trent\nTrent & Co", "bob@trentandco.example", "Trent & Co"),
        ("Raj\nBrightpath", "raj@teambrightpath.example", "Brightpath"),
        ("Raj\nBrightpath", "raj@brightpath.co.example", "Brightpath"),
    ],
)
def test_the_firm_is_the_one_its_address_is_made_of(signature: str, sender: str, firm: str) -> None:
    assert vendor_of("", signature, sender) == firm


def test_what_is_closed_is_not_what_is_offered() -> None:
    [job] = jobs("The role in Denver was closed on Friday, but I have another one:\n\nQA Analyst\nRemote\n$50/hr C2C")
    assert (job.fields.places, job.fields.workplace) == ((), "REMOTE")
    [open_one] = jobs(f"{JOB}We interview until the position is filled.")
    assert "filled" in open_one.text


def test_a_refusal_of_a_candidate_offers_nothing() -> None:
    said = "The client decided to move forward with another candidate for the Data Analyst role in Tempe, AZ."
    assert jobs(f"Thank you for submitting Priya. {said}", "Re: Data Analyst") == ()


def test_sentences_that_count_the_jobs_part_them() -> None:
    first = "The first is a UX Researcher for Heronwood Games: fully remote, full-time, $120k to $135k."
    second = "The second is a Data Protection Officer for Northgate Trams in Manchester, UK: hybrid, £700 a day."
    found = jobs(f"Two searches.\n\n{first}\n\n{second}", "Two searches")
    assert [job.company for job in found] == ["Heronwood Games", "Northgate Trams"]


def test_a_subject_says_what_a_short_mail_does_not() -> None:
    [job] = jobs("Please send profiles for the above position. 12+ yrs.", "Java lead || Reno, NV || onsite || $65 C2C")
    assert job.fields.title == "Java lead"
    assert job.fields.pay is not None
    assert job.fields.pay.min == 65


def test_an_answer_that_says_still_open_is_about_its_subject() -> None:
    subject = "Re: Python Developer - Reno, NV - Hybrid - $60/hr C2C"
    [job] = jobs("Yes, it is still open. The client wants to interview tomorrow.", subject)
    assert (job.fields.title, job.fields.workplace) == ("Python Developer", "HYBRID")
    assert jobs("Thanks, let me ask the client and come back to you.", subject) == ()


def test_a_line_that_greets_and_goes_on_is_read() -> None:
    [job] = jobs(
        "Greetings!! We have the below open C2C position, please share.\n\nQA Analyst\nRemote, 12 months, $50/hr"
    )
    assert "C2C" in job.fields.contract_types


def test_headings_with_pay_below_are_jobs() -> None:
    found = jobs(
        "Both are W2.\n\nProject Manager\n\n$70/hr, PMP, 18 months\n\nBusiness Analyst\n\n$55/hr, SQL, 12 months"
    )
    assert [job.fields.title for job in found] == ["Project Manager", "Business Analyst"]


def test_numbered_sentences_that_begin_with_a_job_are_jobs() -> None:
    found = jobs(
        "1. Civil Engineer, Prairie County, Wichita, KS. On site, full-time, $85,000.\n"
        "2. GIS Analyst, City of Maplegrove, Kansas City, KS. Hybrid, W2, $38/hr.\n"
        "3. Road Engineer, City of Larkmead, Salina, KS. Pays $30/hr and starts in May."
    )
    assert [job.company for job in found] == ["Prairie County", "City of Maplegrove", "City of Larkmead"]
    duties = "1. Work with the Manager, and report daily\n2. Help the Analyst, and test"
    assert len(jobs(f"{JOB}Duties:\n{duties}")) == 1


@pytest.mark.parametrize(
    ("lines", "workplace"),
    [("Remote?: No, on site", "ONSITE"), ("At: Reno - office, five days", "ONSITE"), ("3 days onsite", "HYBRID")],
)
def test_reads_where_the_work_of_a_mail_is_done(lines: str, workplace: str) -> None:
    [job] = jobs(f"Role: QA Analyst\nRate: $50/hr on C2C\n{lines}")
    assert job.fields.workplace == workplace


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("Role: DevOps Engineer with Azure\nRate: $50/hr C2C", "DevOps Engineer with Azure"),
        ("Need a Splunk admin for Reston, VA. Hybrid. 60/hr W2.", "Splunk admin"),
        ("Hi need Cobol developer at Lincoln NE onsite. $50/hr c2c.", "Cobol developer"),
        ("We speak with Epic Report Developers. Remote, full time, $98,000 a year.", "Epic Report Developer"),
        ("We search for a Controller in Reno, NV. Full-time, $130,000 a year.", "Controller"),
        ("I've been retained to find an interim Head of Data. Hybrid, six-month contract.", "Head of Data"),
    ],
)
def test_reads_titles_as_mails_write_them(body: str, title: str) -> None:
    [job] = jobs(body, "hello")
    assert job.fields.title == title


def test_two_bare_rates_are_a_range() -> None:
    [job] = jobs("QA Analyst, Reno, NV, hybrid, 6 months. $60 W2 or $70 C2C.", "hello")
    assert job.fields.pay is not None
    assert (job.fields.pay.min, job.fields.pay.max) == (60, 70)


def test_rates_between_bars_stay_together() -> None:
    [job] = jobs("Role: QA Analyst\nLocation: Reno, NV\nRate: W2 - $60/hr | C2C - $68/hr", "hello")
    assert job.fields.pay is not None
    assert (job.fields.pay.min, job.fields.pay.max) == (60, 68)


def test_a_list_of_consultants_on_offer_is_refused() -> None:
    body = "Do you have any open requirements for these? Java Developer with 9 years, Dallas, TX, available on C2C."
    assert jobs(body, "Java") == ()
