"""The composition root of the scraper: the one module that wires everything."""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta

from blacklight_servicekit import heap
from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.ephemeral import Ephemeral
from blacklight_servicekit.sealing import Vault, split_keys

from blacklight_scraper.activity.service import FleetEvents
from blacklight_scraper.alarms.activities import AlarmWatch
from blacklight_scraper.alarms.service import Alarms
from blacklight_scraper.claims.gate.service import Gate
from blacklight_scraper.claims.service import Claims
from blacklight_scraper.credentials.accounts.service import Accounts
from blacklight_scraper.credentials.accounts.servicer import CredentialServicer
from blacklight_scraper.credentials.leases.service import Leases
from blacklight_scraper.credentials.reaping.activities import LeaseReaper
from blacklight_scraper.credentials.reaping.service import Reaping
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.credentials.views import Secret
from blacklight_scraper.fleet.credits import Window
from blacklight_scraper.fleet.service import Fleet
from blacklight_scraper.fleet.servicer import FleetServicer
from blacklight_scraper.fleet.stream import StreamRules
from blacklight_scraper.hosts.service import Hosts
from blacklight_scraper.intake.activities import BatchDelivery, PayloadSweep
from blacklight_scraper.intake.review.activities import FailedBatchSweep
from blacklight_scraper.intake.review.service import Batches
from blacklight_scraper.intake.service import COMMITTED, SETTLED, BatchIntake
from blacklight_scraper.keys.secret import RANDOM_BYTES
from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.keys.servicer import ApiKeyServicer, HostAuthenticator
from blacklight_scraper.models import Base
from blacklight_scraper.monitoring.activities import HistorySweep
from blacklight_scraper.monitoring.service import Monitoring
from blacklight_scraper.monitoring.servicer import FleetMonitorServicer, Watched
from blacklight_scraper.monitoring.watchers import Watchers
from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.platforms.servicer import PlatformServicer
from blacklight_scraper.queue.demands.service import Demands
from blacklight_scraper.queue.schedule.service import Schedule
from blacklight_scraper.queue.service import RoleQueue
from blacklight_scraper.queue.servicer import RoleQueueServicer
from blacklight_scraper.queue.targets.service import QueueTargets
from blacklight_scraper.rest.service import RestHosts
from blacklight_scraper.rest.servicer import FleetRestServicer
from blacklight_scraper.sessions.activities import (
    TASK_QUEUE,
    OverdueSweep,
    ScrapeSessionActivities,
    ScrapeSessionEvents,
)
from blacklight_scraper.sessions.ending.service import SessionEnds
from blacklight_scraper.sessions.opening.service import SessionOpening
from blacklight_scraper.sessions.reading.service import SessionReading
from blacklight_scraper.sessions.service import ScrapeSessions
from blacklight_scraper.sessions.servicer import ScrapeSessionServicer
from blacklight_scraper.sessions.states import OPENED, PROGRESS
from blacklight_scraper.sessions.steering.service import SessionSteering
from blacklight_scraper.sessions.sweeps.service import Sweeps
from blacklight_scraper.sessions.workflows import ScrapeSessionWorkflow
from blacklight_scraper.settings import ScraperSettings
from blacklight_scraper.telemetry.service import Telemetry

SILENT_HEARTBEATS = 4
"""So many missed: the host is not connected, whatever its stream looks like."""


def build(kit: Kit[ScraperSettings]) -> Parts:
    """Makes the scraper's parts."""
    heap.return_large_blocks()
    given = kit.settings
    platforms = Platforms(kit.database, kit.clock)
    intake = BatchIntake(kit.database, kit.clock, timedelta(hours=given.scraper_payload_retention_hours))
    keys = ApiKeys(kit.database, platforms, intake, kit.clock, lambda: secrets.token_bytes(RANDOM_BYTES))
    vault = Vault(split_keys(given.credential_keys.get_secret_value()), Secret)
    leases = Leases(vault, timedelta(seconds=given.scraper_lease_seconds))
    credentials = Credentials(kit.database, leases, platforms, keys, kit.clock)
    reaping = Reaping(kit.database, kit.clock)
    accounts = Accounts(kit.database, vault, reaping, platforms, kit.clock)
    grace = timedelta(seconds=given.scraper_in_flight_grace_seconds)
    schedule = Schedule(kit.database, kit.clock, given.rest_rule(), grace)
    queue = RoleQueue(kit.database, kit.clock, Demands())
    targets = QueueTargets(kit.database, kit.clock)
    sweeps = Sweeps(schedule)
    opening = SessionOpening(sweeps, given.patience())
    sessions = ScrapeSessions(intake, keys, opening, kit.clock)
    review = timedelta(seconds=given.scraper_review_seconds)
    ends = SessionEnds(kit.database, schedule, sweeps, intake, credentials, kit.clock, review)
    reading = SessionReading(kit.database, intake)
    steering = SessionSteering(kit.database, ends, reading, credentials, kit.clock)
    late = timedelta(hours=given.scraper_late_batch_hours)
    silent = timedelta(seconds=SILENT_HEARTBEATS * given.scraper_heartbeat_seconds)
    hosts = Hosts(kit.database, steering, kit.clock, silent)
    gate = Gate(platforms, schedule, credentials)
    claims = Claims(kit.database, gate, schedule, opening, sessions, credentials, hosts, keys, kit.clock)
    fleet = Fleet(kit.database, platforms, sessions, intake, hosts, credentials, kit.clock, late)
    rules = StreamRules(
        heartbeat_seconds=given.scraper_heartbeat_seconds,
        max_batch_postings=given.scraper_max_batch_postings,
        window=Window(given.scraper_window, given.scraper_window_bytes),
        inflight_bytes=given.scraper_inflight_bytes,
        claim_retry_seconds=given.scraper_claim_retry_seconds,
        late_batch_hours=int(given.scraper_late_batch_hours),
        board_seconds=given.scraper_board_seconds,
    )
    delivery = BatchDelivery(
        intake,
        kit.clients,
        attempts=given.scraper_import_attempts,
        timeout_seconds=given.scraper_import_timeout_seconds,
    )
    batches = Batches(kit.database, kit.clock, given.retry_rule())
    alarms = Alarms(kit.database, kit.clock, given.watch_rule())
    happenings = FleetEvents(kit.database, kit.clock, timedelta(hours=given.scraper_event_retention_hours))
    monitoring = Monitoring(kit.database, alarms, kit.clock)
    ephemeral = Ephemeral(given.redis_url.get_secret_value(), "scraper")
    telemetry = Telemetry(ephemeral, keys)
    rest_hosts = RestHosts(kit.database, sessions, intake, credentials, platforms, kit.clock, late)
    watchers = Watchers(happenings.listen, given.scraper_watchers)
    events = ScrapeSessionEvents(ends, kit.temporal)
    return Parts(
        servicers=[
            ApiKeyServicer(keys),
            PlatformServicer(platforms, steering.terminate_runs),
            CredentialServicer(accounts),
            RoleQueueServicer(queue, targets, schedule),
            ScrapeSessionServicer(reading, steering),
            FleetServicer(fleet, claims, credentials, rules),
            FleetMonitorServicer(
                Watched(monitoring, hosts, batches, alarms, happenings), watchers, telemetry.exposition
            ),
            FleetRestServicer(rest_hosts, claims, credentials, platforms, schedule, telemetry),
        ],
        task_queue=TASK_QUEUE,
        workflows=[ScrapeSessionWorkflow],
        activities=[ScrapeSessionActivities(ends).review],
        events={
            COMMITTED: delivery.committed,
            SETTLED: events.settled,
            OPENED: events.opened,
            PROGRESS: events.progress,
        },
        background=[
            PayloadSweep(intake, given.scraper_payload_sweep_seconds).run,
            FailedBatchSweep(intake, batches, given.scraper_batch_retry_sweep_seconds).run,
            LeaseReaper(reaping, given.scraper_reap_seconds).run,
            AlarmWatch(alarms, given.scraper_watch_seconds).run,
            HistorySweep(happenings, alarms, given.scraper_payload_sweep_seconds).run,
            OverdueSweep(ends, kit.temporal, given.scraper_overdue_sweep_seconds).run,
        ],
        host_authenticator=HostAuthenticator(keys, kit.cache),
        dispose=[ephemeral.close],
    )


def rotate_credentials(kit: Kit[ScraperSettings], args: list[str]) -> int:
    """`rotate-credentials`: seals every account's secret with the first of the keys; prints how many it was.

    May be run again at any time, also after it was cut short. 1 when a secret does not open with any of the keys.
    """
    vault = Vault(split_keys(kit.settings.credential_keys.get_secret_value()), Secret)
    platforms = Platforms(kit.database, kit.clock)
    accounts = Accounts(kit.database, vault, Reaping(kit.database, kit.clock), platforms, kit.clock)
    done = accounts.rotate(Caller.service("scraper", None))
    sys.stdout.write(f"{done.sealed} sealed anew, {done.current} were, {done.unreadable} do not open\n")
    return 1 if done.unreadable else 0


APP = ServiceApp(
    name="scraper",
    settings=ScraperSettings,
    base=Base,
    build=build,
    commands={"rotate-credentials": rotate_credentials},
)
