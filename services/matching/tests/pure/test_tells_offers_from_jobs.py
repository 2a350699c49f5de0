"""A mail that offers a consultant is no job, however it reads; one that asks for a consultant is one (P-88)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from blacklight_matching.mailboxes.reading.mail import MailReading, read_mail

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def reading(body: str, subject: str = "Java Developer") -> MailReading:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Dana Roe <dana@sagestaffing.example>", subject
    mail.set_content(f"Hi,\n\n{body}\n\nThanks,\nDana Roe\nSage Staffing\n")
    return read_mail(mail.as_bytes(), NOW)


OFFERS = [
    (
        "Could you please look into the below profile and let me know your interest? Name: Kiran P\nSkill: "
        "Java\nLocation: Austin, TX\nVisa: H1B\nRate: $60/hr C2C"
    ),
    (
        "We have a .NET developer with us who just finished his project with a bank. He is local to Chicago, GC, "
        "asking $65/hr on C2C."
    ),
    (
        "My candidate Meera (QA Automation, 7 yrs, GC EAD) is actively looking for new opportunities. Edison, NJ. "
        "$52/hr C2C."
    ),
    (
        "I would like to submit our consultant for any Java Developer contract you have in Texas. He has 9 years "
        "of experience, H1B, $62/hr."
    ),
    "Quick note: our Salesforce developer becomes available on April 1. Remote, $70/hr C2C, 8 years.",
    (
        "Pls find the details of my consultant below. Java Full Stack, 10+ years, Plano TX, H1B, $65/hr C2C. Let "
        "me know if you have any suitable position."
    ),
    (
        "Do you have any C2C role for a Data Engineer? My guy has 9 years with Spark and AWS, on H1B, in Irving, "
        "TX, $68/hr."
    ),
    "Marketing my own H1B consultant: DevOps Engineer, 11 years, AWS/Kubernetes, open to relocation, $72/hr on C2C.",
    (
        "Hello, I am Suresh, Java Developer on OPT EAD, seeking C2C/W2 positions anywhere in the US. $50/hr. "
        "Skills: Java, Spring, SQL."
    ),
    (
        "Immediately available: Sr. Business Analyst, 12 years, healthcare, Columbus, OH, USC, $60/hr on C2C. "
        "Please share any requirements."
    ),
    "We have few consultants on our bench: Java Developer (Dallas, TX, $60/hr C2C) and QA Lead (remote, $55/hr).",
    (
        "Our employee, a Senior Network Engineer, is coming to the end of his contract in Denver, CO; he would "
        "like $65/hr on C2C. CCNP, 10 years."
    ),
    (
        "My consultant Anil is a Java Developer with 9 years of experience. He is on H1B, in Dallas, TX, looking "
        "for $60/hr C2C."
    ),
    (
        "One of our Java developers is rolling off his project in Reno, NV on Friday. H1B, $62/hr on C2C. Skills: "
        "Java, Spring."
    ),
    (
        "I have a Senior Java Developer with 10 years of experience available immediately. Dallas, TX, open to "
        "relocate, $65/hr C2C."
    ),
    "We have an excellent QA Analyst on our bench, GC EAD, remote, $50/hr on C2C. Selenium and SQL.",
    (
        "Please find attached the resume of Anil K, a DevOps Engineer in Plano, TX (H1B). Rate: $70/hr C2C. AWS, "
        "Docker, Terraform."
    ),
    "Sharing the profile of my consultant: Java Developer, 8 years, Dallas, TX, H1B, $60/hr on C2C.",
    (
        "Consultant name: Anil K\nTitle: Java Developer\nVisa: H1B\nCurrent location: Dallas, TX\nRelocation: "
        "Yes\nRate: $60/hr C2C"
    ),
    (
        "Anil is a Data Engineer with Snowflake and Python. He is looking for a new project, remote or in Dallas, "
        "TX. $70/hr C2C."
    ),
    "I am a Java Developer with 12 years of experience, looking for a contract role in Dallas, TX at $65/hr on W2.",
    "Java Developer, 9 years, H1B, Dallas, TX, $60/hr C2C. Do let me know if you have any openings for him.",
    "We represent a strong Business Analyst who is available from Monday. Chicago, IL or remote, $58/hr C2C, USC.",
    (
        "Hope you are well. My candidate, a Salesforce Developer with 7 years, is available on C2C. Remote only, "
        "$68/hr, H4 EAD."
    ),
]
JOBS = [
    (
        "Job title: Java Developer\nClient: Marlow Foods\nLocation: Reno, NV\nRate: $60/hr C2C\n"
        "My consultant there is rolling off in May."
    ),
    "Do you have a Java Developer available in Dallas, TX? Client pays $60/hr on C2C for 12 months.",
    "Looking for a candidate who is on H1B or GC for a Java Developer contract in Plano, TX, $62/hr C2C.",
    (
        "Java Developer contract in Reno, NV at $60/hr C2C. If your consultant is available and interested, send "
        "the resume with rate and visa."
    ),
    (
        "My client, a bank, has a Java Developer opening in Charlotte, NC. $65/hr C2C, hybrid. Candidates with 8 "
        "years of experience only."
    ),
    "I have two openings for QA Analyst in Edison, NJ. W2 or C2C, $50/hr. Do you have someone?",
    (
        "Our manager is looking for a Java Developer with 5 years, Dallas, TX. $60/hr on C2C. He is available for "
        "interviews on Monday."
    ),
    "Urgent need: Java Developer, Austin, TX, $60/hr C2C. Please find attached the job description of the role.",
    (
        "We need someone like the consultant you sent last time: Java Developer, Dallas, TX, C2C $60/hr. My other "
        "candidate is on H1B and can't travel."
    ),
    "C2C requirement: Data Engineer in Irving, TX. $68/hr. Share profiles of available consultants.",
    (
        "A Java Developer is needed in Dallas, TX at $60/hr C2C. Our consultants work on site three days a week "
        "with the team."
    ),
    "Are you or somebody you know looking for a new role? Java Developer, Dallas, TX, $65/hr on W2, 12 months.",
    "If you are looking for a new opportunity: we have a remote Java Developer contract at $70/hr on C2C for 6 months.",
    "Looking for a Java consultant on C2C. Dallas, TX (onsite), $60/hr, 12 months.",
    "We are looking for a Java Developer in Dallas, TX. $60/hr on C2C. H1B is fine. Please send your consultants.",
    "Our client needs a Java Developer who is available immediately in Reno, NV. $60/hr C2C, 6 months.",
    "I have an immediate need for a Java Developer with 8 years of experience in Dallas, TX, $65/hr on C2C.",
    "We have a Java Developer position available in Dallas, TX. $65/hr C2C, 12 months.",
    "I have a client looking for a Java Developer available immediately. Dallas, TX, $60/hr C2C.",
    "Our consultant dropped out, so we need a Java Developer by Monday in Reno, NV. C2C, $62/hr.",
    (
        "Role: Java Developer\nLocation: Dallas, TX\nDuration: 12 months\nRate: $60/hr C2C\n\nPlease reply "
        "with:\nFull name:\nVisa:\nCurrent location:\nRelocation:\nRate:"
    ),
    (
        "Java Developer, Dallas, TX, $60/hr C2C, 12 months. The consultant should have 8 years of Java. If your "
        "consultant is available, please share the resume."
    ),
    "Java Developer role in Dallas, TX. $60/hr C2C. Our team is looking for somebody who is on H1B or GC.",
    "Need a QA Analyst (remote), $50/hr C2C. Let me know if you have any consultants for this position.",
    (
        "Job title: Java Developer\nClient: Marlow Foods\nLocation: Reno, NV\nRate: $60/hr C2C\nOur consultant "
        "there is leaving."
    ),
    (
        "The hiring manager is open to C2C. He is looking for a Java Developer in Dallas, TX at $65/hr. Do you "
        "have someone available?"
    ),
]


@pytest.mark.parametrize("body", OFFERS)
def test_a_mail_that_offers_somebody_is_no_job(body: str):
    read = reading(body)
    assert (read.refusal, read.jobs) == ("HOTLIST", ())


@pytest.mark.parametrize("body", JOBS)
def test_a_mail_that_asks_for_somebody_stays_a_job(body: str):
    assert len(reading(body).jobs) == 1
