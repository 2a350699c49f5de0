"""Job boards as messages, and back."""

from __future__ import annotations

from blacklight.scraper.v1 import platform_service_pb2 as pb

from blacklight_scraper.platforms.views import (
    DEFAULT_CADENCE_MINUTES,
    DEFAULT_MAX_IN_FLIGHT,
    Login,
    PlatformDraft,
    PlatformView,
)


def login_of(value: int) -> Login:
    """Unspecified is the same as none."""
    return Login(value or Login.NONE)


def decode_platform(given: pb.Platform) -> PlatformDraft:
    """A board to be made; what is absent gets its default."""
    return PlatformDraft(
        name=given.name,
        display_name=given.display_name,
        enabled=given.enabled,
        priority=given.priority,
        base_url=given.base_url,
        description=given.description,
        cadence_minutes=given.cadence_minutes if given.HasField("cadence_minutes") else DEFAULT_CADENCE_MINUTES,
        max_in_flight=given.max_in_flight if given.HasField("max_in_flight") else DEFAULT_MAX_IN_FLIGHT,
        login=login_of(given.login),
        session_cookie=given.session_cookie,
    )


def decode_changes(given: pb.Platform, paths: list[str]) -> dict[str, object]:
    """The values of the fields to write; one that is absent gets its default (AIP-134)."""
    draft = decode_platform(given)
    return {path: getattr(draft, path) for path in paths}


def encode_platform(view: PlatformView) -> pb.Platform:
    """A job board as a message."""
    return pb.Platform(
        name=view.name,
        display_name=view.display_name,
        enabled=view.enabled,
        priority=view.priority,
        etag=view.etag,
        base_url=view.base_url,
        description=view.description,
        cadence_minutes=view.cadence_minutes,
        max_in_flight=view.max_in_flight,
        login=pb.PlatformLogin.ValueType(view.login),
        session_cookie=view.session_cookie,
        paused=view.paused,
        pause_reason=view.pause_reason,
    )
