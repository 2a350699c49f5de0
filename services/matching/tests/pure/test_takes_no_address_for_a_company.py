"""A person's address is no company: whoever sees a posting does not see who wrote a colleague's mail (P-91)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from blacklight_matching.mailboxes.reading.addresses import firm_label, without_address
from blacklight_matching.mailboxes.reading.mail import MailJob, read_mail
from blacklight_testkit.faults import guards

MAIL = "services/matching/src/blacklight_matching/mailboxes/reading/mail.py"
ADDRESSES = "services/matching/src/blacklight_matching/mailboxes/reading/addresses.py"
VENDOR = "_company(parts.common, vendor) or vendor\n"
NOW = datetime(2026, 3, 4, tzinfo=UTC)
JOB = "Role: QA Analyst\nLocation: Reno, NV\nRate: $50/hr on C2C\nSkills: Selenium, SQL\n"


def job(sender: str, extra: str = "", signature: str = "Thanks,\nRavi\n") -> MailJob:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, "QA Analyst - Reno, NV"
    mail.set_content(f"{JOB}{extra}\n\n{signature}")
    [read] = read_mail(mail.as_bytes(), NOW).jobs
    return read


@guards("P-91", file=MAIL, old=VENDOR, new="_company(parts.common, vendor) or vendor or sender\n")
@guards("P-91", file=ADDRESSES, old='return "" if label in _PROVIDERS or', new='return "" if')
@pytest.mark.parametrize(
    "sender",
    [
        "ravi.quill@gmail.com",
        "Ravi Quill <ravi.quill@gmail.com>",
        *(f"Ravi <ravi.quill@{provider}>" for provider in ("yahoo.co.in", "rediffmail.com", "comcast.net", "me.com")),
    ],
)
def test_p91_the_address_of_somebody_at_a_public_provider_is_no_company(sender: str):
    read = job(sender)
    assert read.company == ""
    assert "quill" not in repr(read.draft(b"key", NOW.date())).lower()


@guards("P-91", file=MAIL, old="if name := without_address(", new="if name := str(")
@pytest.mark.parametrize(
    ("label", "company"),
    [
        ("Company: ravi.quill@gmail.com", ""),
        ("Company: Marlow Foods (jobs@marlowfoods.example)", "Marlow Foods"),
        ("Company: Marlow Foods - jobs@marlowfoods.example", "Marlow Foods"),
        ("Client: <mailto:ravi.quill@gmail.com>", ""),
    ],
)
def test_p91_an_address_in_a_label_is_no_company(label: str, company: str):
    assert job("Ravi <ravi.quill@gmail.com>", label).company == company


def test_a_firm_is_still_known_by_its_address_and_its_signature():
    assert job("Ravi Quill <ravi@northgate.example>").company == "Northgate"
    assert job("Ravi <ravi@gmail.com>", signature="Thanks,\nRavi\nNorthgate Staffing LLC\n").company.startswith(
        "Northgate Staffing"
    )


@pytest.mark.parametrize(
    ("domain", "label"),
    [("gmail.com", ""), ("yahoo.co.uk", ""), ("verizon.net", ""), ("verizon.com", "verizon"), ("acme.co.uk", "acme")],
)
def test_tells_a_firms_own_domain_from_a_providers(domain: str, label: str):
    assert firm_label(domain) == label


def test_takes_addresses_out_of_names():
    assert without_address("Marlow Foods <jobs@marlow.example>") == "Marlow Foods"
    assert without_address("jobs@marlow.example") == ""
    assert without_address("Marlow (Foods)") == "Marlow (Foods)"
