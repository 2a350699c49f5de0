"""PlatformService: decode, call, encode."""

from __future__ import annotations

from blacklight.scraper.v1 import platform_service_pb2 as pb
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.masks import paths_of, validate_fields

from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.platforms.views import PlatformView

WRITABLE = ("display_name", "enabled", "priority")


class PlatformServicer:
    """Job boards, for the administrators of the platform."""

    service = pb.DESCRIPTOR.services_by_name["PlatformService"]

    def __init__(self, platforms: Platforms) -> None:
        self._platforms = platforms

    def CreatePlatform(self, request: pb.CreatePlatformRequest, caller: Caller) -> pb.Platform:
        """Adds a job board."""
        given = request.platform
        return encode_platform(
            self._platforms.create(
                caller,
                name=given.name,
                display_name=given.display_name,
                enabled=given.enabled,
                priority=given.priority,
            )
        )

    def GetPlatform(self, request: pb.GetPlatformRequest, caller: Caller) -> pb.Platform:
        """Reads one job board."""
        return encode_platform(self._platforms.get(caller, name=request.name))

    def ListPlatforms(self, request: pb.ListPlatformsRequest, caller: Caller) -> pb.ListPlatformsResponse:
        """Lists all job boards."""
        return pb.ListPlatformsResponse(platforms=map(encode_platform, self._platforms.list_platforms(caller)))

    def UpdatePlatform(self, request: pb.UpdatePlatformRequest, caller: Caller) -> pb.Platform:
        """Writes the fields named in the mask."""
        paths = paths_of(request.update_mask, WRITABLE)
        validate_fields(request.platform, paths)
        changes = {path: getattr(request.platform, path) for path in paths}
        return encode_platform(
            self._platforms.update(caller, name=request.platform.name, changes=changes, etag=request.platform.etag)
        )


def encode_platform(view: PlatformView) -> pb.Platform:
    """A job board as a message."""
    return pb.Platform(
        name=view.name,
        display_name=view.display_name,
        enabled=view.enabled,
        priority=view.priority,
        etag=view.etag,
    )
