"""What a feed's owner can say about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from blacklight_fleethost.reader import BadOption, Search
from blacklight_fleethost.registry import check_known

FIELDS = frozenset(
    {
        "platform_job_id", "title", "company", "location", "description", "url", "salary_min", "salary_max",
        "salary_currency", "job_type", "experience_level", "posted_date", "is_remote",
    }
)  # fmt: skip
MAP = "map."
_KNOWN = frozenset({"url", "platform", "items", "company", "split", "map.FIELD"})


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """A feed and how its records are to be read.

    Attributes:
        url: http or https; `{query}` and `{location}` in it make the board itself search.
        platform: the board's name.
        items: path of the list in plain JSON (`data.jobs`); empty: under a usual name.
        company: of postings that name none, for the feed of one company.
        split: takes a title apart by its groups `title` and `company`.
        mapped: the path in a record of each field that is not found by its name.
    """

    url: str
    platform: str
    items: str = ""
    company: str = ""
    split: re.Pattern[str] | None = None
    mapped: Mapping[str, str] = field(default_factory=dict)

    @property
    def board_searches(self) -> bool:
        """Whether the board finds what fits the role."""
        return "{query}" in self.url

    def address(self, search: Search) -> str:
        """Where to ask for a role."""
        asked = search.candidate_query or next(iter(search.queries), search.role_name)
        return self.url.replace("{query}", quote(asked, safe="")).replace("{location}", quote(search.location, safe=""))


def options_of(given: Mapping[str, str]) -> FeedOptions:
    """The options of a command line. Raises BadOption."""
    check_known(given, _KNOWN, (MAP,))
    platform = "_".join(given.get("platform", "").casefold().split())
    if not platform:
        raise BadOption("the reader feed needs the option platform: the board's name")
    mapped = {name.removeprefix(MAP): path for name, path in given.items() if name.startswith(MAP)}
    if wrong := sorted(set(mapped) - FIELDS):
        raise BadOption(f"a posting has no field {wrong[0]}; it has {', '.join(sorted(FIELDS))}")
    return FeedOptions(
        _checked(given.get("url", "")),
        platform,
        given.get("items", ""),
        given.get("company", ""),
        _pattern(given.get("split", "")),
        mapped,
    )


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption("the option url must be an address that begins with http:// or https://")
    return url


def _pattern(text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise BadOption(f"the option split is no regular expression: {error}") from error
    if "title" not in pattern.groupindex:
        raise BadOption("the option split needs a group of the name title: (?P<company>[^:]+): (?P<title>.+)")
    return pattern
