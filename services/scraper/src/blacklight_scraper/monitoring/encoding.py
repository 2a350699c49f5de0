"""What administrators are shown of the fleet, as messages."""

from __future__ import annotations

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import host_pb2, monitor_pb2, monitor_service_pb2, session_pb2

from blacklight_scraper.activity.views import EventView
from blacklight_scraper.alarms.states import AlarmView
from blacklight_scraper.hosts.states import HostView
from blacklight_scraper.intake.review.encoding import JobLogView
from blacklight_scraper.intake.review.views import BatchView
from blacklight_scraper.monitoring.views import FailureView, OverviewView, YieldView
from blacklight_scraper.timestamps import stamp


def encode_overview(view: OverviewView) -> monitor_service_pb2.FleetOverview:
    """The fleet in figures."""
    return monitor_service_pb2.FleetOverview(
        active_hosts=view.active_hosts,
        hosts=view.hosts,
        active_keys=view.active_keys,
        sessions=[
            monitor_service_pb2.SessionCount(state=session_pb2.SessionState.ValueType(state), sessions=count)
            for state, count in view.sessions.items()
        ],
        queue_due=view.queue_due,
        waiting_batches=view.waiting_batches,
        failed_batches=view.failed_batches,
        found=view.found,
        new=view.new,
        open_alarms=view.open_alarms,
        last_watch_time=stamp(view.last_watch_time),
    )


def encode_host(view: HostView) -> host_pb2.Host:
    """A host."""
    return host_pb2.Host(
        host_id=str(view.host_id),
        api_key_id=str(view.api_key_id),
        host_name=view.host_name,
        agent_version=view.agent_version,
        protocol=view.protocol,
        capabilities=view.capabilities,
        state=host_pb2.HostState.ValueType(view.state),
        state_reason=view.state_reason,
        connected=view.connected,
        connect_time=stamp(view.connect_time),
        last_seen_time=stamp(view.last_seen_time),
        open_sessions=view.open_sessions,
    )


def encode_batch(view: BatchView) -> monitor_pb2.Batch:
    """A batch."""
    return monitor_pb2.Batch(
        batch_id=str(view.batch_id),
        session_id=str(view.session_id),
        sequence=view.sequence,
        platform=view.platform,
        state=monitor_pb2.BatchState.ValueType(view.state),
        received=view.received,
        accepted=view.accepted,
        new=view.new,
        refreshed=view.refreshed,
        duplicate=view.duplicate,
        rejected=view.rejected,
        failure=view.failure,
        retries=view.retries,
        payload_kept=view.payload_kept,
        create_time=stamp(view.create_time),
        settle_time=stamp(view.settle_time),
    )


def encode_job_log(view: JobLogView, *, described: bool) -> monitor_pb2.JobLog:
    """What became of a posting; its description only where `described`."""
    draft = PostingDraft()
    draft.CopyFrom(view.draft)
    if not described:
        draft.ClearField("description")
    return monitor_pb2.JobLog(
        batch_id=str(view.batch_id),
        index=view.index,
        session_id=str(view.session_id),
        sequence=view.sequence,
        platform=view.platform,
        outcome=monitor_pb2.JobOutcome.ValueType(view.outcome),
        draft=draft,
        posting_id=view.posting_id,
        kept=view.kept,
        reason=view.reason,
        field=view.field,
        message=view.message,
    )


def encode_yield(view: YieldView) -> monitor_pb2.PlatformYield:
    """What a platform gave."""
    return monitor_pb2.PlatformYield(
        platform=view.platform,
        start_time=stamp(view.start_time),
        runs=view.runs,
        succeeded=view.succeeded,
        empty_confirmed=view.empty_confirmed,
        empty_unconfirmed=view.empty_unconfirmed,
        failed=view.failed,
        found=view.found,
        new=view.new,
        refreshed=view.refreshed,
        duplicate=view.duplicate,
        rejected=view.rejected,
    )


def encode_failure(view: FailureView) -> monitor_pb2.FailureCount:
    """How often runs failed for a reason."""
    return monitor_pb2.FailureCount(
        platform=view.platform,
        failure_reason=session_pb2.FailureReason.ValueType(view.failure_reason),
        runs=view.runs,
        last_time=stamp(view.last_time),
        last_message=view.last_message,
    )


def encode_alarm(view: AlarmView) -> monitor_pb2.Alarm:
    """An alarm."""
    return monitor_pb2.Alarm(
        alarm_id=str(view.alarm_id),
        kind=monitor_pb2.AlarmKind.ValueType(view.kind),
        platform=view.platform,
        field=view.field,
        host_id=view.host_id,
        observed=view.observed,
        expected=view.expected,
        runs=view.runs,
        message=view.message,
        raise_time=stamp(view.raise_time),
        last_seen_time=stamp(view.last_seen_time),
        clear_time=stamp(view.clear_time),
        acknowledge_time=stamp(view.acknowledge_time),
        acknowledged_by=view.acknowledged_by,
    )


def encode_event(view: EventView) -> monitor_pb2.FleetEvent:
    """Something that happened."""
    return monitor_pb2.FleetEvent(
        event_token=str(view.position),
        event_time=stamp(view.event_time),
        kind=view.kind,
        session_id=str(view.session_id or ""),
        platform=view.platform,
        api_key_id=str(view.api_key_id or ""),
        host_name=view.host_name,
        detail=view.detail,
    )
