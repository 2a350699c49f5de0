"""One answer of a feed: RSS, Atom, JSON Feed, or any JSON with a list of jobs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from blacklight_fleethost.postings.lists import NoList, at, list_in

_NEXT = ("next_url", "next", "next_page_url", "links.next", "meta.next", "paging.next")
_XML_ERRORS = ("SAXParseException", "SAXException", "ExpatError")


class UnreadableFeed(ValueError):
    """The answer is no feed, or a broken one; the message says which."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The records of one answer, and where it says that the next ones are (empty: nowhere)."""

    records: list[Mapping[str, Any]]
    next_url: str = ""


def page_of(body: bytes, url: str, items: str = "") -> FeedPage:
    """Reads an answer by what it is, whatever type it claims. `items` is the path of the list in plain JSON.

    Raises UnreadableFeed, also for a feed that breaks off: half a list must not pass for the whole.
    """
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return _json_page(body, url, items)
    if start == b"<" or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _xml_page(body, url)
    raise UnreadableFeed("neither JSON nor XML")


def _json_page(body: bytes, url: str, items: str) -> FeedPage:
    try:
        data = json.loads(body.decode("utf-8-sig"))
        given = list_in(data, items)
    except NoList as error:
        raise UnreadableFeed(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFeed("broken JSON") from error
    records = [record for record in given if isinstance(record, Mapping)]
    if given and not records:
        raise UnreadableFeed("the list holds no objects")
    said = [at(data, path) for path in _NEXT] if isinstance(data, Mapping) else []
    following = next((each for each in said if isinstance(each, str) and each), "")
    return FeedPage(records, _absolute(url, following))


def _xml_page(body: bytes, url: str) -> FeedPage:
    if b"<!ENTITY" in body.replace(b"\x00", b""):
        raise UnreadableFeed("the feed declares entities, which no feed needs")
    # Given as a file: a text that looks like an address would be fetched.
    feed = feedparser.parse(_Opened(body), response_headers={"content-location": url})
    broken = feed.get("bozo_exception")
    if not feed.get("version") or type(broken).__name__ in _XML_ERRORS:
        raise UnreadableFeed("no well-formed RSS or Atom")
    following = next(
        (str(link.get("href", "")) for link in feed.feed.get("links", []) if link.get("rel") == "next"), ""
    )
    return FeedPage([_record(entry) for entry in feed.entries], _absolute(url, following))


class _Opened:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self) -> bytes:
        """The whole body."""
        return self._body


def _record(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry by its elements' names, the fullest text as its description."""
    record = {name: value for name, value in entry.items() if not name.endswith(("_detail", "_parsed"))}
    contents = [str(part.get("value", "")) for part in record.pop("content", []) if isinstance(part, Mapping)]
    longest = max([*contents, str(entry.get("summary", ""))], key=len)
    if longest:
        record["description"] = longest
    return record


def _absolute(base: str, following: str) -> str:
    address = urljoin(base, following) if following else ""
    return address if urlsplit(address).scheme in ("http", "https") else ""
