"""ScrapeSessionService: decode, call, encode."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight.scraper.v1 import session_pb2, session_service_pb2
from blacklight_servicekit.caller import Caller
from google.protobuf.timestamp_pb2 import Timestamp

from blacklight_scraper.sessions.service import ScrapeSessions
from blacklight_scraper.sessions.states import RunView, SessionState, SessionView


class ScrapeSessionServicer:
    """Scrape sessions, for the administrators of the platform."""

    service = session_service_pb2.DESCRIPTOR.services_by_name["ScrapeSessionService"]

    def __init__(self, sessions: ScrapeSessions) -> None:
        self._sessions = sessions

    def GetScrapeSession(
        self, request: session_service_pb2.GetScrapeSessionRequest, caller: Caller
    ) -> session_pb2.ScrapeSession:
        """Reads one session."""
        return encode_session(self._sessions.get(caller, session_id=UUID(request.session_id)))

    def ListScrapeSessions(
        self, request: session_service_pb2.ListScrapeSessionsRequest, caller: Caller
    ) -> session_service_pb2.ListScrapeSessionsResponse:
        """Lists sessions, newest first."""
        views, token = self._sessions.list_sessions(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            state=SessionState(request.state) if request.state else None,
        )
        return session_service_pb2.ListScrapeSessionsResponse(
            sessions=map(encode_session, views), next_page_token=token
        )


def _stamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def encode_run(view: RunView) -> session_pb2.PlatformRun:
    """A platform run as a message."""
    return session_pb2.PlatformRun(
        platform=view.platform,
        state=session_pb2.PlatformRunState.ValueType(view.state),
        failure_reason=session_pb2.FailureReason.ValueType(view.failure_reason),
        received=view.counts.received,
        new=view.counts.new,
        refreshed=view.counts.refreshed,
        duplicate=view.counts.duplicate,
        rejected=view.counts.rejected,
    )


def encode_session(view: SessionView) -> session_pb2.ScrapeSession:
    """A session as a message."""
    return session_pb2.ScrapeSession(
        session_id=str(view.session_id),
        role_id=str(view.role_id),
        role_name=view.role_name,
        api_key_id=str(view.api_key_id),
        host_name=view.host_name,
        state=session_pb2.SessionState.ValueType(view.state),
        platforms=map(encode_run, view.runs),
        create_time=_stamp(view.create_time),
        last_seen_time=_stamp(view.last_seen_time),
        end_time=_stamp(view.end_time),
    )
