"""JobPosting objects in a saved page: JSON-LD and microdata. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from blacklight_fleethost.postings.schema_org import is_job_posting, job_postings

_SAVED_FROM = re.compile(r"saved from url=\(\d+\)(https?://\S+)")
_ADDRESSES = {"a": "href", "link": "href", "area": "href", "img": "src", "iframe": "src", "object": "data"}
DEEPEST = 30


class UnreadablePage(ValueError):
    """The page cannot be read, or holds no JobPosting; the message says which."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds: JobPosting objects, and how many scripts of it were no JSON."""

    postings: list[dict[str, Any]]
    broken_scripts: int


def page_of(content: bytes) -> Page:
    """The postings of a page; one without an address of its own gets the page's. Raises UnreadablePage."""
    try:
        content.decode("utf-8")
        parser = lxml_html.HTMLParser(encoding="utf-8")
    except UnicodeDecodeError:
        parser = lxml_html.HTMLParser()  # goes by what the page declares
    try:
        page = lxml_html.document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadablePage("no HTML") from error
    found, broken = _json_ld(page)
    found += _microdata(page)
    if not found:
        raise UnreadablePage(f"no JobPosting in it; {broken} scripts are no JSON" if broken else "no JobPosting in it")
    address = _address(page)
    for posting in found:
        if address and not (posting.get("url") or posting.get("sameAs")):
            posting["url"] = address
    return Page(found, broken)


def _json_ld(page: Any) -> tuple[list[dict[str, Any]], int]:
    found: list[dict[str, Any]] = []
    broken = 0
    for script in page.iter("script"):
        if not (script.get("type") or "").strip().casefold().startswith("application/ld+json"):
            continue
        try:
            found += job_postings(json.loads(script.text or "", strict=False))
        except (ValueError, RecursionError):
            broken += 1
    return found, broken


def _microdata(page: Any) -> list[dict[str, Any]]:
    items = page.xpath("//*[@itemscope][@itemtype]")
    return [_properties(item, 0) for item in items if is_job_posting((item.get("itemtype") or "").split())]


def _properties(item: Any, depth: int) -> dict[str, Any]:
    """The properties of an item, by the HTML standard's section on microdata (without itemref)."""
    found: dict[str, Any] = {}
    waiting = list(reversed(item))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        inner = element.get("itemscope") is not None
        names = (element.get("itemprop") or "").split()
        value = None
        if names:
            value = _properties(element, depth + 1) if inner and depth < DEEPEST else _value(element)
        for name in names:
            found[name] = [*_listed(found[name]), value] if name in found else value
        if not inner:
            waiting += reversed(element)
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _value(element: Any) -> str:
    if element.tag == "meta" or element.get("content") is not None:
        return str(element.get("content") or "")
    if element.tag in _ADDRESSES:
        return str(element.get(_ADDRESSES[element.tag]) or "")
    if element.tag == "time" and element.get("datetime"):
        return str(element.get("datetime"))
    if element.get("itemprop") == "description":
        inner = "".join(etree.tostring(part, encoding="unicode", method="html") for part in element)
        return f"{element.text or ''}{inner}".strip()
    return " ".join(str(element.text_content()).split())


def _address(page: Any) -> str:
    """Where the page stood: its canonical address, or what a browser noted when it saved the page."""
    said = page.xpath("//link[@rel='canonical']/@href") + page.xpath("//meta[@property='og:url']/@content")
    before = page.getroottree().xpath("//comment()")
    said += [found[1] for comment in before[:20] if (found := _SAVED_FROM.search(comment.text or ""))]
    return next((str(each) for each in said if str(each).startswith(("http://", "https://"))), "")
