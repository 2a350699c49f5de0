"""What a posting says is stored by field, beside its raw text (spec section 6.12)."""

from __future__ import annotations

from sqlalchemy import text

COLUMNS = (
    "clean_title, company_name, places, country, workplace, contract_types, pay_min, pay_max, pay_currency, pay_period,"
    " work_authorizations, sponsorship, clearance, remote"
)


def stored(matching):
    with matching.database.platform_transaction() as session:
        return session.execute(text(f"SELECT {COLUMNS} FROM matching.posting_readings")).one()


def test_fields_are_read_from_the_text_and_the_raw_text_is_kept(matching, build):
    words = "We need Java. Fully remote. $60-70/hr on W2. USC or GC only, no sponsorship. Secret clearance required."
    matching.take_in([build.draft("Sr. Java Developer - C2C - Req #4711", description=words, location="Dallas, TX")])
    matching.work_off()
    row = stored(matching)
    assert (row.clean_title, row.places, row.country) == ("Java Developer", ["Dallas, TX, US"], "US")
    assert (row.workplace, row.remote, row.contract_types) == ("REMOTE", True, ["CONTRACT", "C2C", "W2"])
    assert (row.pay_min, row.pay_max, row.pay_currency, row.pay_period) == (60, 70, "USD", "HOUR")
    assert (row.work_authorizations, row.sponsorship) == (["US_CITIZEN", "GREEN_CARD"], "NOT_OFFERED")
    assert row.clearance == "SECRET"
    (posting,), _ = matching.list_postings(build.user(), page_size=0, page_token="")
    assert (posting.title, posting.description) == ("Sr. Java Developer - C2C - Req #4711", words)


def test_fields_of_the_board_come_before_the_text(matching, build):
    draft = build.draft(
        "Java Developer",
        "Remote work. $60/hr.",
        salary_min=90_000,
        salary_max=95_000,
        job_type="Contract",
        remote=False,
    )
    matching.take_in([draft])
    matching.work_off()
    row = stored(matching)
    assert (row.pay_min, row.pay_max, row.pay_period) == (90_000, 95_000, "YEAR")
    assert (row.workplace, row.remote, row.contract_types) == ("", False, ["CONTRACT"])
