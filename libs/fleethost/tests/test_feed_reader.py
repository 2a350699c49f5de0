"""Public feeds by their address: four forms, politeness, bounds, and what each failure is called."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight_fleethost.feed.fetching import Fetcher, failure_of
from blacklight_fleethost.feed.options import options_of
from blacklight_fleethost.feed.reader import FeedReader
from blacklight_fleethost.reader import BadOption, NothingThere, PlatformFailed, Search

NURSE = Search("Nurse", ("RN",), location="Austin, TX")
RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Jobs</title>
<item><title>Mercy: Night Nurse</title><link>https://b.example/1</link><guid isPermaLink="false">g1</guid>
<description>short</description><content:encoded><![CDATA[<p>The whole <b>text</b></p>]]></content:encoded>
<pubDate>Tue, 03 Nov 2026 10:00:00 GMT</pubDate><location>Austin</location></item>
<item><title>Acme: Cook</title><link>https://b.example/2</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Jobs</title><id>x</id><updated>2026-11-03T00:00:00Z</updated>
<entry><id>urn:1</id><title>Nurse</title><link href="https://b.example/1"/><author><name>Mercy</name></author>
<updated>2026-11-03T10:00:00Z</updated><summary>text</summary></entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "title": "Nurse", "url": "https://b.example/1", "content_html": "<p>text</p>",
                   "date_published": "2026-11-03T10:00:00Z", "authors": [{"name": "Mercy"}]}],
    }
).encode()  # fmt: skip
PLAIN = json.dumps(
    [{"legal": "be nice"}, {"slug": "n-1", "position": "Nurse", "company": "Mercy", "url": "https://b.example/1"}]
).encode()


def reader_of(url: str, fresh: float = 0.0, **options: str) -> tuple[FeedReader, list[str]]:
    told: list[str] = []
    given = {"url": url, "platform": "board", **{name.replace("__", "."): value for name, value in options.items()}}
    return FeedReader(options_of(given), told.append, fresh_seconds=fresh), told


def read(reader: FeedReader, search: Search = NURSE) -> list[Any]:
    async def collect() -> list[Any]:
        return [draft async for draft in reader.read(search, "board")]

    return asyncio.run(collect())


def failure(reader: FeedReader) -> PlatformFailed:
    with pytest.raises(PlatformFailed) as caught:
        read(reader)
    return caught.value


@pytest.mark.parametrize(("body", "job_id"), [(ATOM, "urn:1"), (JSON_FEED, "1"), (PLAIN, "n-1")])
def test_reads_each_form_whatever_type_it_claims(site: Any, body: bytes, job_id: str) -> None:
    [draft] = read(reader_of(site.serve("/feed", body, content_type="text/plain"))[0])
    assert (draft.platform_job_id, draft.title, draft.company) == (job_id, "Nurse", "Mercy")
    assert draft.url == "https://b.example/1"


def test_reads_rss_with_its_fullest_text_and_its_title_taken_apart(site: Any) -> None:
    url = site.serve("/rss", RSS)
    [draft] = read(reader_of(url, split="(?P<company>[^:]+): (?P<title>.+)")[0])
    assert (draft.platform_job_id, draft.title, draft.company) == ("g1", "Night Nurse", "Mercy")
    assert (draft.location, draft.posted_date) == ("Austin", "2026-11-03T10:00:00+00:00")
    assert draft.description == "<p>The whole <b>text</b></p>"
    assert [found.title for found in read(reader_of(url)[0], Search("Cook"))] == ["Acme: Cook"]


def test_finds_fields_where_it_is_told_that_they_are(site: Any) -> None:
    body = json.dumps({"meta": {"rows": [{"what": "Nurse", "who": {"names": ["Mercy"]}, "nr": 7}]}}).encode()
    maps = {"map__title": "what", "map__company": "who.names.0", "map__platform_job_id": "nr"}
    [draft] = read(reader_of(site.serve("/x", body), items="meta.rows", **maps)[0])
    assert (draft.title, draft.company, draft.platform_job_id) == ("Nurse", "Mercy", "7")
    [own] = read(reader_of(site.serve("/y", b'[{"title": "Nurse"}]'), company="Acme")[0])
    assert own.company == "Acme"


def test_lets_the_board_search_where_the_address_has_a_place_for_it(site: Any) -> None:
    site.serve("/jobs", b'[{"title": "Krankenschwester"}]')
    [draft] = read(reader_of(site.address + "/jobs?q={query}&l={location}")[0])
    assert draft.title == "Krankenschwester"
    assert site.asked[0][0] == "/jobs?q=Nurse&l=Austin%2C%20TX"
    read(reader_of(site.address + "/jobs?q={query}")[0], Search("Nurse", candidate_query="icu & er"))
    assert site.asked[1][0] == "/jobs?q=icu%20%26%20er"


def test_only_a_well_formed_feed_says_that_there_is_nothing(site: Any) -> None:
    empty = [b'{"jobs": []}', b"[]", b'<rss version="2.0"><channel><title>x</title></channel></rss>']
    for body in [*empty, b'[{"title": "Cook"}]']:
        with pytest.raises(NothingThere):
            read(reader_of(site.serve("/feed", body))[0])
    bad = [
        b"", b"hello", b"{", b'{"error": "slow down"}', b'["a"]', b"<html><body>please wait</body></html>", RSS[:-40],
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>',
        b"[" * 100_000,
    ]  # fmt: skip
    for body in bad:
        assert failure(reader_of(site.serve("/feed", body))[0]).reason == session_pb2.FAILURE_REASON_PARSE_ERROR, body


def test_asks_whether_anything_changed_and_keeps_what_it_knows(site: Any) -> None:
    def reply(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if headers.get("if-none-match") == '"v1"' and headers.get("if-modified-since") == "yesterday":
            return 304, {}, b""
        return 200, {"etag": '"v1"', "last-modified": "yesterday"}, JSON_FEED

    site.replies["/feed"] = reply
    reader, _ = reader_of(site.address + "/feed")
    assert [draft.title for _ in range(3) for draft in read(reader)] == ["Nurse"] * 3
    assert ["if-none-match" in headers for _, headers in site.asked] == [False, True, True]


def test_asks_once_for_several_roles_in_a_row(site: Any) -> None:
    reader, _ = reader_of(site.serve("/feed", RSS), fresh=3600)
    read(reader)
    read(reader, Search("Cook"))
    assert len(site.asked) == 1


def test_follows_pages_and_stops_at_a_loop(site: Any) -> None:
    def page(number: int, following: str) -> bytes:
        return json.dumps({"items": [{"id": number, "title": "Nurse"}], "next_url": following}).encode()

    url = site.serve("/1", page(1, "/2"))
    site.serve("/2", page(2, ""), link='</3>; rel="next"')
    site.serve("/3", page(3, url))
    assert [draft.platform_job_id for draft in read(reader_of(url)[0])] == ["1", "2", "3"]
    site.serve("/1", page(1, "file:///etc/hostname"))
    assert len(read(reader_of(url)[0])) == 1


def test_stops_after_so_many_pages_and_says_so(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        body = json.dumps({"jobs": [{"id": number, "title": "Nurse"}], "next": f"/{number + 1}"}).encode()
        site.serve(f"/{number}", body)
    monkeypatch.setattr("blacklight_fleethost.feed.reader.MOST_PAGES", 3)
    reader, told = reader_of(site.address + "/0")
    assert len(read(reader)) == 3
    assert told == ["not read: what follows the first 3 pages of board"]


def test_unpacks_gzip_within_the_bound_of_what_comes_out(site: Any) -> None:
    url = site.serve("/feed", gzip.compress(JSON_FEED), content_encoding="gzip")
    assert len(read(reader_of(url)[0])) == 1
    bomb = site.serve("/bomb", gzip.compress(b" " * 1_000_000), content_encoding="gzip")
    reader = FeedReader(
        options_of({"url": bomb, "platform": "b"}), print, fetcher=lambda: Fetcher(most_bytes=100_000), fresh_seconds=0
    )
    assert "larger than 100000" in failure(reader).message
    broken = site.serve("/broken", b"no gzip", content_encoding="gzip")
    assert failure(reader_of(broken)[0]).reason == session_pb2.FAILURE_REASON_PARSE_ERROR


def test_follows_few_redirects_and_none_out_of_the_web(site: Any) -> None:
    site.serve("/feed", JSON_FEED)
    assert len(read(reader_of(site.serve("/moved", b"", 301, location="/feed"))[0])) == 1
    circle = site.serve("/circle", b"", 302, location="/circle")
    assert failure(reader_of(circle)[0]).reason == session_pb2.FAILURE_REASON_DOM_CHANGED
    assert len(site.asked) < 12
    away = site.serve("/away", b"", 302, location="file:///etc/hostname")
    assert failure(reader_of(away)[0]).reason == session_pb2.FAILURE_REASON_NETWORK


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "AUTH_REQUIRED"),
        (403, "BLOCKED"),
        (404, "DOM_CHANGED"),
        (429, "RATE_LIMITED"),
        (418, "UNKNOWN"),
        (500, "NETWORK"),
        (503, "NETWORK"),
        (504, "TIMEOUT"),
        (204, "UNKNOWN"),
        (304, "UNKNOWN"),
    ],
)
def test_calls_each_status_by_its_reason(site: Any, status: int, reason: str) -> None:
    failed = failure(reader_of(site.serve("/feed", b"", status))[0])
    assert session_pb2.FailureReason.Name(failed.reason) == f"FAILURE_REASON_{reason}"


def test_knows_a_closed_port_from_an_answer_that_does_not_come(site: Any) -> None:
    closed, _ = reader_of("http://127.0.0.1:1/feed")
    assert failure(closed).reason == session_pb2.FAILURE_REASON_NETWORK

    async def silent() -> PlatformFailed:
        ended = asyncio.Event()

        async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ended.wait()
            writer.close()

        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        reader = FeedReader(
            options_of({"url": url, "platform": "b"}), print, fetcher=lambda: Fetcher(seconds=0.2), fresh_seconds=0
        )
        with pytest.raises(PlatformFailed) as caught:
            async for _ in reader.read(NURSE, "b"):
                pass
        ended.set()
        server.close()
        return caught.value

    assert asyncio.run(silent()).reason == session_pb2.FAILURE_REASON_TIMEOUT


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("Tue, 03 Nov 2026 10:00:30 GMT", 30.0),
        ("Tue, 03 Nov 2020 10:00:30 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_notes_how_long_the_board_asks_to_be_left_alone(said: str, seconds: float | None) -> None:
    now = datetime(2026, 11, 3, 10, 0, 0, tzinfo=UTC)
    assert failure_of(429, said, now).retry_after_seconds == seconds


@pytest.mark.parametrize(
    "options",
    [
        {"platform": "b"},
        {"platform": "b", "url": "file:///etc/hostname"},
        {"platform": "b", "url": "ftp://x.example/"},
        {"platform": "b", "url": "https://"},
        {"url": "https://x.example/"},
        {"platform": "b", "url": "https://x.example/", "itmes": "jobs"},
        {"platform": "b", "url": "https://x.example/", "map.titel": "x"},
        {"platform": "b", "url": "https://x.example/", "split": "("},
        {"platform": "b", "url": "https://x.example/", "split": "(.+)"},
    ],
)
def test_refuses_options_that_it_cannot_follow(options: dict[str, str]) -> None:
    with pytest.raises(BadOption):
        options_of(options)
