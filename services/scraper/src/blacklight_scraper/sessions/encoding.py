"""Sessions as messages."""

from __future__ import annotations

from blacklight.scraper.v1 import session_pb2 as pb

from blacklight_scraper.sessions.states import RunView, SessionView
from blacklight_scraper.timestamps import stamp


def encode_session(view: SessionView) -> pb.ScrapeSession:
    """A session."""
    return pb.ScrapeSession(
        session_id=str(view.session_id),
        target_id=str(view.target_id),
        sweep_id="" if view.sweep_id is None else str(view.sweep_id),
        role_id=str(view.role_id),
        role_name=view.role_name,
        location=view.location,
        candidate_query=view.candidate_query,
        api_key_id=str(view.api_key_id),
        host_name=view.host_name,
        transport=pb.SessionTransport.ValueType(view.transport),
        state=pb.SessionState.ValueType(view.state),
        paused=view.paused,
        end_reason=view.end_reason,
        platforms=map(encode_run, view.runs),
        create_time=stamp(view.create_time),
        last_seen_time=stamp(view.last_seen_time),
        end_time=stamp(view.end_time),
    )


def encode_run(view: RunView) -> pb.PlatformRun:
    """A platform of a session."""
    counts = view.counts
    return pb.PlatformRun(
        platform=view.platform,
        state=pb.PlatformRunState.ValueType(view.state),
        failure_reason=pb.FailureReason.ValueType(view.failure_reason),
        received=counts.received,
        new=counts.new,
        refreshed=counts.refreshed,
        duplicate=counts.duplicate,
        rejected=counts.rejected,
        batches=counts.batches,
        settled_batches=counts.settled_batches,
        failed_batches=counts.failed_batches,
        message=view.message,
        report_time=stamp(view.report_time),
    )
