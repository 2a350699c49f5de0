"""ScrapeSessionService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.scraper.v1 import session_pb2, session_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_scraper.sessions.encoding import encode_session
from blacklight_scraper.sessions.reading.service import SessionReading
from blacklight_scraper.sessions.states import SessionFilter, SessionState
from blacklight_scraper.sessions.steering.service import SessionSteering


class ScrapeSessionServicer:
    """Scrape sessions, for the administrators of the platform."""

    service = session_service_pb2.DESCRIPTOR.services_by_name["ScrapeSessionService"]

    def __init__(self, reading: SessionReading, steering: SessionSteering) -> None:
        self._reading = reading
        self._steering = steering

    def GetScrapeSession(
        self, request: session_service_pb2.GetScrapeSessionRequest, caller: Caller
    ) -> session_pb2.ScrapeSession:
        """Reads one session."""
        return encode_session(self._reading.get(caller, session_id=UUID(request.session_id)))

    def ListScrapeSessions(
        self, request: session_service_pb2.ListScrapeSessionsRequest, caller: Caller
    ) -> session_service_pb2.ListScrapeSessionsResponse:
        """Lists sessions, newest first."""
        wanted = SessionFilter(
            state=SessionState(request.state) if request.state else None,
            api_key_id=UUID(request.api_key_id) if request.api_key_id else None,
            role_id=UUID(request.role_id) if request.role_id else None,
            platform=request.platform or None,
            host_name=request.host_name or None,
        )
        views, token = self._reading.list_sessions(
            caller, page_size=request.page_size, page_token=request.page_token, wanted=wanted
        )
        return session_service_pb2.ListScrapeSessionsResponse(
            sessions=map(encode_session, views), next_page_token=token
        )

    def TerminateScrapeSession(
        self, request: session_service_pb2.TerminateScrapeSessionRequest, caller: Caller
    ) -> session_pb2.ScrapeSession:
        """Ends an open session."""
        session_id = UUID(request.session_id)
        return encode_session(self._steering.terminate(caller, session_id=session_id, reason=request.end_reason))

    def PauseScrapeSession(
        self, request: session_service_pb2.PauseScrapeSessionRequest, caller: Caller
    ) -> session_pb2.ScrapeSession:
        """Tells the host to wait."""
        return encode_session(self._steering.pause(caller, session_id=UUID(request.session_id)))

    def ResumeScrapeSession(
        self, request: session_service_pb2.ResumeScrapeSessionRequest, caller: Caller
    ) -> session_pb2.ScrapeSession:
        """Tells the host to go on."""
        return encode_session(self._steering.resume(caller, session_id=UUID(request.session_id)))
