"""A refusal of the stream's words as an error, whose code becomes the status hosts know (spec 8.6). Pure."""

from __future__ import annotations

from typing import Final

from blacklight_servicekit.errors import Conflict, Denied, Invalid, NotFound, ServiceError, Unavailable

from blacklight_scraper.sessions.refusals import RefusalView

_KINDS: Final[dict[str, type[ServiceError]]] = {
    "SESSION_NOT_FOUND": NotFound,
    "PLATFORM_NOT_ALLOWED": Denied,
    "LEASE_LOST": Conflict,
    "ALREADY_REPORTED": Conflict,
    "STALE_FENCING_TOKEN": Conflict,
    "TRY_AGAIN": Unavailable,
}


def error_of(view: RefusalView) -> ServiceError:
    """404 for a session of nobody's or another's, 403 and 409 where hosts know them, else 400."""
    kind = _KINDS.get(view.reason, Invalid)
    return kind(view.message, reason=view.reason, field=view.field)
