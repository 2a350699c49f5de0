"""FleetMonitorService: decode, call, encode."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

from blacklight.scraper.v1 import host_pb2, monitor_pb2
from blacklight.scraper.v1 import monitor_service_pb2 as pb
from blacklight_servicekit import rpc
from blacklight_servicekit.caller import Caller
from google.api.httpbody_pb2 import HttpBody

from blacklight_scraper.activity.service import READ_TOGETHER, FleetEvents
from blacklight_scraper.activity.views import Position
from blacklight_scraper.alarms.service import Alarms
from blacklight_scraper.hosts.service import Hosts
from blacklight_scraper.intake.review.service import Batches
from blacklight_scraper.intake.review.views import JobOutcome
from blacklight_scraper.intake.states import BatchState
from blacklight_scraper.monitoring.encoding import (
    encode_alarm,
    encode_batch,
    encode_event,
    encode_failure,
    encode_host,
    encode_job_log,
    encode_overview,
    encode_yield,
)
from blacklight_scraper.monitoring.metrics import CONTENT_TYPE, exposition
from blacklight_scraper.monitoring.service import Monitoring
from blacklight_scraper.monitoring.watchers import Watchers, woken_within

LIFE_SECONDS = 10.0
"""Between two messages of a watch at most; 15 are promised."""
LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Watched:
    """What is watched."""

    monitoring: Monitoring
    hosts: Hosts
    batches: Batches
    alarms: Alarms
    events: FleetEvents


class FleetMonitorServicer:
    """The fleet, for the administrators of the platform. `told`: what hosts have sent, as metrics."""

    service = pb.DESCRIPTOR.services_by_name["FleetMonitorService"]

    def __init__(self, watched: Watched, watchers: Watchers, told: Callable[[], str]) -> None:
        self._monitoring = watched.monitoring
        self._hosts = watched.hosts
        self._batches = watched.batches
        self._alarms = watched.alarms
        self._events = watched.events
        self._watchers = watchers
        self._told = told

    def GetFleetOverview(self, request: pb.GetFleetOverviewRequest, caller: Caller) -> pb.FleetOverview:
        """The fleet in figures."""
        return encode_overview(self._monitoring.overview(caller, hours=request.hours))

    def ListHosts(self, request: pb.ListHostsRequest, caller: Caller) -> pb.ListHostsResponse:
        """Lists hosts by name."""
        views, token = self._hosts.list_hosts(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            api_key_id=_id(request.api_key_id),
            connected_only=request.connected_only,
        )
        return pb.ListHostsResponse(hosts=map(encode_host, views), next_page_token=token)

    def GetHost(self, request: pb.GetHostRequest, caller: Caller) -> host_pb2.Host:
        """Reads one host."""
        return encode_host(self._hosts.get(caller, host_id=UUID(request.host_id)))

    def PauseHost(self, request: pb.PauseHostRequest, caller: Caller) -> host_pb2.Host:
        """The host claims nothing and waits."""
        host_id, reason = UUID(request.host_id), request.state_reason
        return encode_host(self._hosts.pause(caller, host_id=host_id, reason=reason))

    def ResumeHost(self, request: pb.ResumeHostRequest, caller: Caller) -> host_pb2.Host:
        """The host goes on."""
        return encode_host(self._hosts.resume(caller, host_id=UUID(request.host_id)))

    def DrainHost(self, request: pb.DrainHostRequest, caller: Caller) -> host_pb2.Host:
        """The host claims nothing and finishes what it has."""
        host_id, reason = UUID(request.host_id), request.state_reason
        return encode_host(self._hosts.drain(caller, host_id=host_id, reason=reason))

    def TerminateHost(self, request: pb.TerminateHostRequest, caller: Caller) -> host_pb2.Host:
        """Ends the host's sessions and pauses it."""
        host_id, reason = UUID(request.host_id), request.state_reason
        return encode_host(self._hosts.terminate(caller, host_id=host_id, reason=reason))

    def ListBatches(self, request: pb.ListBatchesRequest, caller: Caller) -> pb.ListBatchesResponse:
        """Lists batches, newest first."""
        views, token = self._batches.list_batches(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            session_id=_id(request.session_id),
            state=BatchState(request.state) if request.state else None,
            platform=request.platform,
        )
        return pb.ListBatchesResponse(batches=map(encode_batch, views), next_page_token=token)

    def GetBatch(self, request: pb.GetBatchRequest, caller: Caller) -> monitor_pb2.Batch:
        """Reads one batch."""
        return encode_batch(self._batches.get(caller, batch_id=UUID(request.batch_id)))

    def RetryBatch(self, request: pb.RetryBatchRequest, caller: Caller) -> monitor_pb2.Batch:
        """Sends a failed batch again."""
        return encode_batch(self._batches.retry(caller, batch_id=UUID(request.batch_id)))

    def ListJobLogs(self, request: pb.ListJobLogsRequest, caller: Caller) -> pb.ListJobLogsResponse:
        """Lists what became of a session's postings."""
        views, token = self._batches.list_job_logs(
            caller,
            session_id=UUID(request.session_id),
            page_size=request.page_size,
            page_token=request.page_token,
            platform=request.platform,
            outcome=JobOutcome(request.outcome) if request.outcome else None,
        )
        jobs = (encode_job_log(view, described=False) for view in views)
        return pb.ListJobLogsResponse(jobs=jobs, next_page_token=token)

    def GetJobLog(self, request: pb.GetJobLogRequest, caller: Caller) -> monitor_pb2.JobLog:
        """Reads what became of one posting."""
        view = self._batches.get_job_log(caller, batch_id=UUID(request.batch_id), index=request.index)
        return encode_job_log(view, described=True)

    def ListYields(self, request: pb.ListYieldsRequest, caller: Caller) -> pb.ListYieldsResponse:
        """What each platform gave."""
        views = self._monitoring.list_yields(
            caller, platform=request.platform, hours=request.hours, by_hour=request.by_hour
        )
        return pb.ListYieldsResponse(yields=map(encode_yield, views))

    def ListFailures(self, request: pb.ListFailuresRequest, caller: Caller) -> pb.ListFailuresResponse:
        """Why runs failed."""
        views = self._monitoring.list_failures(caller, platform=request.platform, hours=request.hours)
        return pb.ListFailuresResponse(failures=map(encode_failure, views))

    def ListAlarms(self, request: pb.ListAlarmsRequest, caller: Caller) -> pb.ListAlarmsResponse:
        """Lists alarms, newest first."""
        self._alarms.look_after_watch(caller)
        views, token = self._alarms.list_alarms(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            open_only=request.open_only,
            platform=request.platform,
        )
        return pb.ListAlarmsResponse(alarms=map(encode_alarm, views), next_page_token=token)

    def AcknowledgeAlarm(self, request: pb.AcknowledgeAlarmRequest, caller: Caller) -> monitor_pb2.Alarm:
        """Notes that somebody has seen an alarm."""
        return encode_alarm(self._alarms.acknowledge(caller, alarm_id=UUID(request.alarm_id)))

    def ListFleetEvents(self, request: pb.ListFleetEventsRequest, caller: Caller) -> pb.ListFleetEventsResponse:
        """Lists what happened, newest first."""
        views, token = self._events.list_events(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            session_id=_id(request.session_id),
            kind_prefix=request.kind_prefix,
        )
        return pb.ListFleetEventsResponse(events=map(encode_event, views), next_page_token=token)

    async def WatchFleet(self, request: pb.WatchFleetRequest, caller: Caller) -> AsyncIterator[pb.WatchFleetResponse]:
        """What happens, as it happens, from a token on or from now on."""
        token = request.event_token
        position = Position.of(token) if token else await rpc.blocking(self._events.now, caller)
        async with self._watchers.join() as woken:
            yield pb.WatchFleetResponse()
            life = time.monotonic() + LIFE_SECONDS
            while not self._watchers.ended:
                found = await rpc.blocking(self._events.after, caller, position)
                for event in found:
                    position = event.position
                    yield pb.WatchFleetResponse(event=encode_event(event))
                if not found and time.monotonic() >= life:
                    yield pb.WatchFleetResponse()
                if found or time.monotonic() >= life:
                    life = time.monotonic() + LIFE_SECONDS
                if len(found) < READ_TOGETHER:
                    await woken_within(woken, LOOK_SECONDS)

    def GetFleetMetrics(self, request: pb.GetFleetMetricsRequest, caller: Caller) -> HttpBody:
        """The fleet's metrics and those that hosts have sent."""
        data = exposition(self._monitoring.gauges(caller)) + self._told().encode()
        return HttpBody(content_type=CONTENT_TYPE, data=data)

    async def drain(self) -> None:
        """The server stops: watches end, and go on elsewhere with their tokens."""
        await self._watchers.end()


def _id(given: str) -> UUID | None:
    return UUID(given) if given else None
