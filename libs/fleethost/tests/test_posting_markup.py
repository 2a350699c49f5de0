"""Saved pages: JSON-LD in its forms, microdata, and pages that hold neither."""

from __future__ import annotations

import json

import pytest
from blacklight_fleethost.postings.fields import draft_of
from blacklight_fleethost.postings.markup import UnreadablePage, page_of

GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "@id": "#acme", "name": "Acme"},
        {"@type": ["JobPosting"], "title": "Cook", "hiringOrganization": {"@id": "#acme"}},
    ],
}
MICRODATA = """
<div itemscope itemtype="https://schema.org/JobPosting">
  <h1 itemprop="title">Senior <b>Cook</b></h1>
  <a itemprop="url" href="https://acme.example/2">apply</a>
  <div itemprop="hiringOrganization" itemscope itemtype="https://schema.org/Organization">
    <span itemprop="name">Acme</span></div>
  <div itemprop="jobLocation" itemscope><div itemprop="address" itemscope>
    <span itemprop="addressLocality">Austin</span> <span itemprop="addressRegion">TX</span></div></div>
  <time itemprop="datePosted" datetime="2026-11-03">last week</time>
  <meta itemprop="employmentType" content="FULL_TIME"><meta itemprop="employmentType" content="PART_TIME">
  <div itemprop="description">Cooks <ul><li>soup</li></ul></div>
</div>"""


def script(data: object) -> bytes:
    return f'<html><script type="application/ld+json">{json.dumps(data)}</script></html>'.encode()


def test_follows_references_inside_a_graph() -> None:
    [posting] = page_of(script(GRAPH)).postings
    draft = draft_of(posting, "own")
    assert (draft.title, draft.company) == ("Cook", "Acme")


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "JobPosting", "title": "Cook"},
        [{"@type": "BreadcrumbList"}, {"@type": "https://schema.org/JobPosting", "title": "Cook"}],
        {"@type": "ItemList", "itemListElement": [{"item": {"@type": "JobPosting", "title": "Cook"}}]},
    ],
)
def test_finds_postings_alone_in_lists_and_inside_others(data: object) -> None:
    assert [posting["title"] for posting in page_of(script(data)).postings] == ["Cook"]


def test_reads_microdata() -> None:
    [posting] = page_of(MICRODATA.encode()).postings
    draft = draft_of(posting, "own")
    assert (draft.title, draft.company, draft.location) == ("Senior Cook", "Acme", "Austin, TX")
    assert (draft.url, draft.posted_date) == ("https://acme.example/2", "2026-11-03")
    assert draft.job_type == "FULL_TIME, PART_TIME"
    assert draft.description == "Cooks <ul><li>soup</li></ul>"


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="canonical" href="https://acme.example/3">',
        '<meta property="og:url" content="https://acme.example/3">',
        "<!-- saved from url=(0023)https://acme.example/3 -->",
    ],
)
def test_takes_the_pages_address_where_the_posting_has_none(head: str) -> None:
    page = f"<html><head>{head}</head>".encode() + script({"@type": "JobPosting", "title": "Cook"})
    assert page_of(page).postings[0]["url"] == "https://acme.example/3"


def test_counts_scripts_that_are_no_json_and_reads_the_others() -> None:
    page = page_of(b'<script type="application/ld+json">{oops</script>' + script({"@type": "JobPosting", "title": "C"}))
    assert (len(page.postings), page.broken_scripts) == (1, 1)


def test_reads_line_breaks_inside_strings_and_other_encodings() -> None:
    raw = '<script type="application/ld+json">{"@type": "JobPosting", "title": "C", "description": "a\nb"}</script>'
    assert page_of(raw.encode()).postings[0]["description"] == "a\nb"
    latin = '<meta charset="iso-8859-1"><div itemscope itemtype="x/JobPosting"><p itemprop="title">Köchin</p></div>'
    assert page_of(latin.encode("iso-8859-1")).postings[0]["title"] == "Köchin"


@pytest.mark.parametrize("content", [b"", b"   ", b"\x00\x01", b"<p>no job", b"<" * 10_000, b"<div>" * 20_000])
def test_says_when_there_is_no_posting(content: bytes) -> None:
    with pytest.raises(UnreadablePage):
        page_of(content)


def test_is_not_sunk_by_deep_nesting() -> None:
    deep: object = {"@type": "JobPosting", "title": "far down"}
    for _ in range(200):
        deep = {"inner": deep}
    with pytest.raises(UnreadablePage):
        page_of(script(deep))
    nested = '<div itemprop="x" itemscope>' * 100
    [posting] = page_of(f'<div itemscope itemtype="JobPosting"><p itemprop="title">T</p>{nested}'.encode()).postings
    assert posting["title"] == "T"
