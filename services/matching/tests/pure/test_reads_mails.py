"""What is read of mails: parts, quotes, signatures, several jobs, refusals; and that hostile ones break nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from blacklight_matching.mailboxes.reading.head import head_of
from blacklight_matching.mailboxes.reading.mail import read_mail
from blacklight_matching.mailboxes.reading.own_words import own_words
from blacklight_matching.mailboxes.reading.sections import sections
from blacklight_matching.mailboxes.reading.texts import html_text
from blacklight_matching.mailboxes.reading.vendor import vendor_of
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 3, 4, tzinfo=UTC)
JOB = "Job Title: Data Engineer\nLocation: Reno, NV\nRate: $70/hr C2C\nClient: Sagebrush Mining\n"


def a_mail(
    body: str, subject: str = "Data Engineer", sender: str = "Dana <dana@vendor.example>", **headers: str
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def test_cuts_what_a_mail_answers():
    answered = (
        "On Mon, Mar 2, 2026 at 8:10 AM Sam <sam@b.example> wrote:\n> Job Title: Java Architect\n> Rate: $90/hr\n"
    )
    quoted = f"{JOB}\n{answered}"
    [job] = read_mail(a_mail(quoted, subject="Re: hello"), NOW).jobs
    assert job.fields.title == "Data Engineer"
    assert "Architect" not in job.text


def test_opens_what_a_short_cover_forwards():
    words = own_words(f"fyi\n\nFrom: Lee <lee@v.example>\nSent: Monday\nTo: Sam\nSubject: A job\n\n{JOB}", "FW: A job")
    assert words.text.startswith("Job Title")
    assert (words.subject, words.sender) == ("A job", "Lee <lee@v.example>")


def test_keeps_signature_and_small_print_out_of_the_description():
    words = own_words(f"Hi Sam,\n\n{JOB}\nThanks,\nDana\nVendor Staffing LLC\n\nDisclaimer: unsubscribe here", "A job")
    assert words.text == JOB.strip()
    assert "Vendor Staffing LLC" in words.signature
    assert "Disclaimer" not in words.signature


def test_reads_a_table_of_jobs_row_by_row():
    rows = "<tr><th>Title</th><th>Location</th></tr><tr><td>Java Developer</td><td>Reno, NV</td></tr>" * 1
    assert html_text(f"<table>{rows}<tr><td>QA Analyst</td><td>Remote</td></tr></table>").split("\n\n") == [
        "Title: Java Developer\nLocation: Reno, NV",
        "Title: QA Analyst\nLocation: Remote",
    ]


def test_tells_the_jobs_of_one_mail_apart():
    second = JOB.replace("Data Engineer", "QA Analyst")
    assert len(sections(f"Hello\n\n{JOB}\n{second}").jobs) == 2
    assert len(sections(JOB).jobs) == 1


@pytest.mark.parametrize(
    ("subject", "sender", "headers", "reason"),
    [
        ("25 new Java Developer jobs in Reno", "Board <jobs@board.example>", {}, "JOB_ALERT"),
        ("Data Engineer", "Board <jobalerts@board.example>", {}, "SENDER_BLOCKED"),
        ("Weekly newsletter", "Dana <dana@vendor.example>", {}, "NEWSLETTER"),
        ("Out of office: Data Engineer", "Dana <dana@vendor.example>", {}, "AUTO_REPLY"),
        ("Data Engineer", "Dana <dana@vendor.example>", {"Auto_Submitted": "auto-replied"}, "AUTO_REPLY"),
        ("Undeliverable: Data Engineer", "postmaster@v.example", {}, "BOUNCE"),
        ("Reset your password", "Dana <dana@vendor.example>", {}, "ACCOUNT_NOTICE"),
        ("Updated hotlist", "Dana <dana@vendor.example>", {}, "HOTLIST"),
        ("Invitation: Data Engineer call", "Dana <dana@vendor.example>", {}, "CALENDAR"),
    ],
)
def test_refuses_what_offers_no_work_with_a_reason(subject: str, sender: str, headers: dict[str, str], reason: str):
    reading = read_mail(a_mail(JOB, subject, sender, **headers), NOW)
    assert (reading.jobs, reading.refusal) == ((), reason)


def test_finds_for_whom_a_sender_works():
    assert (
        vendor_of("Hi, this is Raj from Bright Path Staffing.", "", "Raj <raj@brightpath.example>")
        == "Bright Path Staffing"
    )
    assert vendor_of("", "Raj\nRecruiter\nOakline Consulting LLC", "Raj <raj@gmail.example>").startswith("Oakline")


def test_a_mail_is_recognised_whatever_its_number_and_by_more_than_its_message_id():
    one = a_mail(JOB, Message_ID="<1@v.example>", Date="Mon, 02 Mar 2026 08:30:00 +0000")
    other = a_mail(JOB, subject="Other", Message_ID="<1@v.example>", Date="Mon, 02 Mar 2026 08:30:00 +0000")
    assert head_of(one).key == head_of(one + b"\nseen").key
    assert head_of(one).key != head_of(other).key


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_the_head_of_anything_is_read(raw: bytes):
    head = head_of(raw)
    assert len(head.subject) <= 500
    assert "\x00" not in head.subject + head.sender


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_the_text_of_any_markup_is_read(markup: str):
    html_text(f"<table><tr><td>{markup}</td></tr><blockquote>{markup}<div style='display:none'>{markup}")


_HOSTILE = {
    "quotes": "> " * 40_000,
    "rules": "-" * 100_000 + "\n",
    "labels": "Job Title: Engineer\n" * 10_000,
    "bars": "Engineer | " * 20_000,
    "names": "Aaa Bbb " * 20_000,
    "numbers": "1. Engineer\n" * 10_000,
    "blanks": " " * 150_000,
    "headers": "From: a\nTo: b\nSubject: c\n\n" * 4_000,
    "amounts": "$1 - $2 to " * 15_000,
    "with": "Developer with Aa with " * 8_000,
    "ticks": "Aa'" * 50_000,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_text_is_read_in_bounded_steps(name: str):
    """Bounded by the test's own time limit: a pattern that goes back and forth would not end."""
    reading = read_mail(a_mail(_HOSTILE[name]), NOW)
    assert len(reading.jobs) <= 20


def test_nested_markup_and_mails_within_mails_end():
    html_text("<div>" * 50_000 + "x")
    html_text("<table><tr><td>" * 5_000 + "x")
    raw = a_mail(JOB)
    for _ in range(30):
        outer = EmailMessage()
        outer["Subject"], outer["From"] = "Fwd: Data Engineer", "Dana <dana@vendor.example>"
        outer.set_content("fyi")
        outer.add_attachment(raw, maintype="application", subtype="octet-stream")
        raw = outer.as_bytes()
    read_mail(raw, NOW)
