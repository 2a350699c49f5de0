"""Getting an address: bounded, conditional, and with failures named by the reasons of spec 8.7."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpx
from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.session_pb2 import FailureReason

from blacklight_fleethost.reader import PlatformFailed

AGENT = "blacklight-fleethost/0.1"
MOST_BYTES = 20_000_000
MOST_REDIRECTS = 5
MOST_SECONDS = 120.0
_ACCEPTED = (
    "application/feed+json, application/json, application/atom+xml, application/rss+xml, application/xml, */*;q=0.1"
)
_REASONS: Mapping[int, FailureReason.ValueType] = {
    401: session_pb2.FAILURE_REASON_AUTH_REQUIRED,
    403: session_pb2.FAILURE_REASON_BLOCKED,
    404: session_pb2.FAILURE_REASON_DOM_CHANGED,
    408: session_pb2.FAILURE_REASON_TIMEOUT,
    410: session_pb2.FAILURE_REASON_DOM_CHANGED,
    429: session_pb2.FAILURE_REASON_RATE_LIMITED,
    451: session_pb2.FAILURE_REASON_BLOCKED,
    504: session_pb2.FAILURE_REASON_TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class Tags:
    """What a server marked its last answer with, to be asked whether it has changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is None where nothing has changed since the tags were given."""

    url: str
    body: bytes | None
    tags: Tags
    next_url: str


class Fetcher:
    """Gets addresses over one set of connections."""

    def __init__(self, *, seconds: float = 30.0, most_bytes: int = MOST_BYTES) -> None:
        """`seconds`: how long a connection or a piece of an answer may take."""
        self._most_bytes = most_bytes
        self._client = httpx.AsyncClient(
            timeout=seconds,
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            headers={"user-agent": AGENT, "accept": _ACCEPTED},
        )

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, url: str, tags: Tags) -> Answer:
        """The answer of an http or https address. Raises PlatformFailed."""
        headers = {"if-none-match": tags.etag, "if-modified-since": tags.last_modified}
        try:
            async with asyncio.timeout(MOST_SECONDS):
                return await self._get(url, {name: value for name, value in headers.items() if value}, tags)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise PlatformFailed(session_pb2.FAILURE_REASON_TIMEOUT, "no answer in time") from error
        except httpx.DecodingError as error:
            raise PlatformFailed(session_pb2.FAILURE_REASON_PARSE_ERROR, "the answer cannot be unpacked") from error
        except httpx.TooManyRedirects as error:
            raise PlatformFailed(session_pb2.FAILURE_REASON_DOM_CHANGED, "redirected too often") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = f"the network failed: {type(error).__name__}"
            raise PlatformFailed(session_pb2.FAILURE_REASON_NETWORK, said) from error

    async def _get(self, url: str, headers: dict[str, str], tags: Tags) -> Answer:
        async with self._client.stream("GET", url, headers=headers) as response:
            following = response.links.get("next", {}).get("url", "")
            if response.status_code == httpx.codes.NOT_MODIFIED and headers:
                return Answer(str(response.url), None, tags, following)
            if response.status_code != httpx.codes.OK:
                raise failure_of(response.status_code, response.headers.get("retry-after", ""), datetime.now(UTC))
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self._most_bytes:
                    said = f"the answer is larger than {self._most_bytes} bytes"
                    raise PlatformFailed(session_pb2.FAILURE_REASON_PARSE_ERROR, said)
            given = Tags(response.headers.get("etag", ""), response.headers.get("last-modified", ""))
            following = str(response.url.join(following)) if following else ""
            return Answer(str(response.url), bytes(body), given, following)


def failure_of(status: int, retry_after: str, now: datetime) -> PlatformFailed:
    """What a status other than 200 means. Pure."""
    server_failed = status >= 500
    unknown = session_pb2.FAILURE_REASON_NETWORK if server_failed else session_pb2.FAILURE_REASON_UNKNOWN
    return PlatformFailed(
        _REASONS.get(status, unknown),
        f"the board answered with status {status}",
        retry_after_seconds=_seconds(retry_after, now),
    )


def _seconds(retry_after: str, now: datetime) -> float | None:
    """Retry-After in seconds, which is a number or a date (RFC 9110, 10.2.3); None where it is neither."""
    text = retry_after.strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
