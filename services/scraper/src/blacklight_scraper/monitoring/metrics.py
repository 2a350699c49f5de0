"""The fleet's figures in the text format of Prometheus. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from blacklight_scraper.credentials.states import CredentialState
from blacklight_scraper.monitoring.views import GaugesView, YieldView
from blacklight_scraper.sessions.states import SessionState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OF_YIELDS = ("runs", "succeeded", "empty_confirmed", "empty_unconfirmed", "failed")
_OF_POSTINGS = ("found", "new", "refreshed", "duplicate", "rejected")


def exposition(view: GaugesView) -> bytes:
    """Everything that is measured, freshly: nothing is kept between two readings."""
    registry = CollectorRegistry()
    _plain(registry, "hosts_connected", "Hosts with an open stream.", view.connected_hosts)
    _plain(registry, "queue_due", "Targets that could be claimed this moment.", view.queue_due)
    _plain(registry, "batches_waiting", "Batches that matching has not answered for.", view.waiting_batches)
    _plain(registry, "batches_failed", "Batches that matching would not take.", view.failed_batches)
    seen = view.last_watch_time.timestamp() if view.last_watch_time else 0
    _plain(registry, "alarms_last_watch_timestamp_seconds", "When alarms were last looked for; 0 = never.", seen)
    sessions = _labelled(registry, "sessions_open", "Open sessions.", "state")
    for state, count in view.sessions.items():
        sessions.labels(_name(SessionState, state)).set(count)
    credentials = _labelled(registry, "credentials", "Accounts.", "platform", "state")
    for (platform, state), count in view.credentials.items():
        credentials.labels(platform, _name(CredentialState, state)).set(count)
    alarms = _labelled(registry, "alarms_open", "Alarms that hold.", "kind", "platform")
    for (kind, platform), count in view.alarms.items():
        alarms.labels(kind.lower(), platform).set(count)
    _yields(registry, view.yields)
    return generate_latest(registry)


def _yields(registry: CollectorRegistry, yields: Sequence[YieldView]) -> None:
    runs = _labelled(registry, "hour_runs", "Runs reported in the hour at hand.", "platform", "outcome")
    postings = _labelled(registry, "hour_postings", "Postings of the hour at hand.", "platform", "outcome")
    for each in yields:
        for name in _OF_YIELDS:
            runs.labels(each.platform, name).set(getattr(each, name))
        for name in _OF_POSTINGS:
            postings.labels(each.platform, name).set(getattr(each, name))


def _plain(registry: CollectorRegistry, name: str, said: str, value: float) -> None:
    Gauge(f"blacklight_fleet_{name}", said, registry=registry).set(value)


def _labelled(registry: CollectorRegistry, name: str, said: str, *labels: str) -> Gauge:
    return Gauge(f"blacklight_fleet_{name}", said, labels, registry=registry)


def _name(states: type[SessionState] | type[CredentialState], state: int) -> str:
    return states(state).name.lower()
