"""Reading postings: search, filters, pages, and who may see which (P-05)."""

from __future__ import annotations

from uuid import UUID

import pytest
from blacklight_servicekit.errors import Invalid, NotFound
from blacklight_servicekit.ids import new_id
from sqlalchemy import text


def titles(matching, user, **query):
    page, _ = matching.list_postings(user, page_size=0, page_token="", **query)
    return [posting.title for posting in page]


def make_private(matching, posting_id, tenant_id):
    with matching.database.platform_transaction() as session:
        for table in ("postings", "posting_readings", "posting_sources"):
            session.execute(
                text(f"UPDATE {table} SET tenant_id = :tenant WHERE posting_id = :posting"),
                {"tenant": tenant_id, "posting": posting_id},
            )


def test_what_was_read_is_shown(matching, build):
    draft = build.draft(
        description="<p>Our client needs you.</p><ul><li>Java and SQL required</li>"
        "<li>5 to 8 years of experience</li></ul><p>Fully remote.</p>"
    )
    matching.take_in([draft])
    matching.work_off()
    (posting,), _ = matching.list_postings(build.user(), page_size=0, page_token="")
    assert posting.skills == ("Java", "SQL")
    assert (posting.min_years, posting.max_years, posting.remote) == (5, 8, True)
    assert "<" not in posting.description
    assert posting.is_open


def test_search_finds_words_in_title_company_and_description(matching, build):
    matching.take_in([
        build.draft("Mainframe Developer", "COBOL and JCL"),
        build.draft("Java Developer", company="Cobolworks"),
        build.draft("Registered Nurse", "BLS"),
    ])  # fmt: skip
    matching.work_off()
    assert titles(matching, build.user(), search="cobol") == ["Mainframe Developer"]
    assert titles(matching, build.user(), search="nurses") == ["Registered Nurse"]
    assert titles(matching, build.user(), search="cobolworks developer") == ["Java Developer"]
    assert titles(matching, build.user(), search="') OR 1=1 --") == []


def test_filters_by_board_and_state(matching, build, clock):
    matching.take_in([build.draft("Old")], platform="dice")
    clock.move(days=31)
    matching.take_in([build.draft("New")], platform="indeed")
    user = build.user()
    assert titles(matching, user, platform="Dice") == ["Old"]
    assert titles(matching, user, state="ACTIVE") == ["New"]
    assert titles(matching, user, state="EXPIRED") == ["Old"]
    assert titles(matching, user) == ["New", "Old"]


def test_pages_give_each_posting_once_newest_first(matching, build):
    matching.take_in([build.draft(f"Posting {n}") for n in range(11)])
    user, token, seen = build.user(), "", []
    while True:
        page, token = matching.list_postings(user, page_size=4, page_token=token)
        seen += [posting.posting_id for posting in page]
        if not token:
            break
    assert len(seen) == 11
    assert seen == sorted(seen, reverse=True)


def test_a_page_of_long_texts_is_cut_and_goes_on(matching, build, monkeypatch):
    monkeypatch.setattr("blacklight_matching.postings.listing.service.MOST_TEXT_A_PAGE", 500)
    matching.take_in([build.draft() for _ in range(7)])
    user, token, seen = build.user(), "", []
    while True:
        page, token = matching.list_postings(user, page_size=7, page_token=token)
        assert 0 < len(page) < 7
        seen += page
        if not token:
            break
    assert len({posting.posting_id for posting in seen}) == len(seen) == 7


def test_a_page_token_of_another_query_or_tenant_is_refused(matching, build):
    matching.take_in([build.draft(), build.draft()])
    user = build.user()
    _, token = matching.list_postings(user, page_size=1, page_token="")
    for caller, query in ((user, {"platform": "dice"}), (build.user(), {})):
        with pytest.raises(Invalid) as refused:
            matching.list_postings(caller, page_size=1, page_token=token, **query)
        assert refused.value.reason == "PAGE_TOKEN_MISMATCH"


def test_a_private_posting_is_seen_and_matched_by_its_tenant_alone(matching, build):
    owner, other = build.user(), build.user()
    (row,) = matching.take_in([build.draft()])
    posting_id = UUID(row.posting_id)
    matching.arrivals.read_waiting(None)
    make_private(matching, posting_id, owner.tenant)
    matching.arrivals.match_read(None)
    profiles = {caller: build.profile() for caller in (owner, other)}
    for caller, profile in profiles.items():
        matching.ready(caller, profile)
    assert titles(matching, owner) == ["Java Developer"]
    assert titles(matching, other) == []
    assert matching.postings.get_posting(owner, posting_id).posting_id == posting_id
    with pytest.raises(NotFound):
        matching.postings.get_posting(other, posting_id)
    assert list(matching.pairs(owner, profiles[owner].candidate_id)) == [posting_id]
    assert matching.pairs(other, profiles[other].candidate_id) == {}


def test_an_unknown_posting_is_not_found(matching, build):
    with pytest.raises(NotFound) as refused:
        matching.postings.get_posting(build.user(), new_id())
    assert refused.value.reason == "POSTING_NOT_FOUND"
