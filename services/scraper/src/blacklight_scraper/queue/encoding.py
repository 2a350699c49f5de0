"""Roles, targets and counts of the queue as messages."""

from __future__ import annotations

from blacklight.scraper.v1 import role_queue_service_pb2 as pb

from blacklight_scraper.queue.states import QueuedRoleView, QueueStatsView, QueueTargetView, TargetPlatformView
from blacklight_scraper.timestamps import stamp


def encode_role(view: QueuedRoleView) -> pb.QueuedRole:
    """A role."""
    return pb.QueuedRole(
        role_id=str(view.role_id),
        name=view.name,
        aliases=view.aliases,
        candidate_count=view.candidate_count,
        approval=pb.Approval.ValueType(view.approval),
        priority=pb.Priority.ValueType(view.priority),
        version=view.version,
        last_scrape_time=stamp(view.last_scrape_time),
        paused=view.paused,
        etag=view.etag,
    )


def encode_target(view: QueueTargetView) -> pb.QueueTarget:
    """A target."""
    return pb.QueueTarget(
        target_id=str(view.target_id),
        role_id=str(view.role_id),
        role_name=view.role_name,
        location=view.location,
        candidate_query=view.candidate_query,
        approval=pb.Approval.ValueType(view.approval),
        priority=pb.Priority.ValueType(view.priority),
        candidate_count=view.candidate_count,
        last_scrape_time=stamp(view.last_scrape_time),
        paused=view.paused,
        platforms=map(_encode_platform, view.platforms),
        etag=view.etag,
    )


def encode_stats(view: QueueStatsView) -> pb.QueueStats:
    """How the queue stands."""
    return pb.QueueStats(
        pending=view.pending,
        approved=view.approved,
        in_progress=view.in_progress,
        rejected=view.rejected,
        platforms=[
            pb.PlatformQueueStats(
                platform=each.platform,
                due=each.due,
                resting=each.resting,
                in_flight=each.in_flight,
                max_in_flight=each.max_in_flight,
            )
            for each in view.platforms
        ],
    )


def _encode_platform(view: TargetPlatformView) -> pb.TargetPlatform:
    return pb.TargetPlatform(
        platform=view.platform,
        session_id="" if view.session_id is None else str(view.session_id),
        not_before_time=stamp(view.not_before_time),
        failures=view.failures,
    )
