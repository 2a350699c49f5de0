"""Which boards a host can read now."""

from __future__ import annotations

from blacklight.scraper.v1 import session_pb2

from blacklight_fleethost.reader import PlatformFailed, Reader, ServesSomePlatforms


async def served(reader: Reader) -> frozenset[str] | None:
    """What the reader serves; None is everything. Raises PlatformFailed for a reader that breaks over it."""
    if not isinstance(reader, ServesSomePlatforms):
        return None
    try:
        return frozenset(await reader.platforms())
    except Exception as error:
        said = f"the reader broke: {type(error).__name__}"
        raise PlatformFailed(session_pb2.FAILURE_REASON_UNKNOWN, said) from error
