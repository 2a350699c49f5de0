"""One class per server: start(), wait_ready(), stop(). Used by the launcher and by the tests alike."""

from blacklight_local.servers.envoy import EnvoyServer
from blacklight_local.servers.ports import Port, pick_port
from blacklight_local.servers.postgres import PostgresServer
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed
from blacklight_local.servers.service import ServiceProcess, WorkerProcess
from blacklight_local.servers.temporal import TemporalServer
from blacklight_local.servers.valkey import ValkeyServer

__all__ = [
    "Command",
    "EnvoyServer",
    "ManagedProcess",
    "Port",
    "PostgresServer",
    "ServerFailed",
    "ServiceProcess",
    "TemporalServer",
    "ValkeyServer",
    "WorkerProcess",
    "pick_port",
]
