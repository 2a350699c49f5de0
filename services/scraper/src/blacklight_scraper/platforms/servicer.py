"""PlatformService: decode, call, encode."""

from __future__ import annotations

from blacklight.scraper.v1 import platform_service_pb2 as pb
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.masks import paths_of, validate_fields

from blacklight_scraper.platforms.encoding import decode_changes, decode_platform, encode_platform
from blacklight_scraper.platforms.service import Platforms, TerminateRuns

WRITABLE = (
    "display_name",
    "enabled",
    "priority",
    "base_url",
    "description",
    "cadence_minutes",
    "max_in_flight",
    "login",
    "session_cookie",
)


class PlatformServicer:
    """Job boards, for the administrators of the platform."""

    service = pb.DESCRIPTOR.services_by_name["PlatformService"]

    def __init__(self, platforms: Platforms, terminate: TerminateRuns) -> None:
        self._platforms = platforms
        self._terminate = terminate

    def CreatePlatform(self, request: pb.CreatePlatformRequest, caller: Caller) -> pb.Platform:
        """Adds a job board."""
        return encode_platform(self._platforms.create(caller, draft=decode_platform(request.platform)))

    def GetPlatform(self, request: pb.GetPlatformRequest, caller: Caller) -> pb.Platform:
        """Reads one job board."""
        return encode_platform(self._platforms.get(caller, name=request.name))

    def ListPlatforms(self, request: pb.ListPlatformsRequest, caller: Caller) -> pb.ListPlatformsResponse:
        """Lists all job boards."""
        return pb.ListPlatformsResponse(platforms=map(encode_platform, self._platforms.list_platforms(caller)))

    def UpdatePlatform(self, request: pb.UpdatePlatformRequest, caller: Caller) -> pb.Platform:
        """Writes the fields named in the mask."""
        given = request.platform
        paths = paths_of(request.update_mask, WRITABLE)
        validate_fields(given, paths)
        changes = decode_changes(given, paths)
        return encode_platform(self._platforms.update(caller, name=given.name, changes=changes, etag=given.etag))

    def PausePlatform(self, request: pb.PausePlatformRequest, caller: Caller) -> pb.Platform:
        """Stops claims of a board; its hosts wait."""
        return encode_platform(self._platforms.pause(caller, name=request.name, reason=request.pause_reason))

    def ResumePlatform(self, request: pb.ResumePlatformRequest, caller: Caller) -> pb.Platform:
        """Takes the pause back."""
        return encode_platform(self._platforms.resume(caller, name=request.name))

    def TerminatePlatformRuns(
        self, request: pb.TerminatePlatformRunsRequest, caller: Caller
    ) -> pb.TerminatePlatformRunsResponse:
        """Ends the runs of a board that are under way."""
        count = self._platforms.terminate_runs(caller, name=request.name, terminate=self._terminate)
        return pb.TerminatePlatformRunsResponse(terminated=count)
