"""The library, put together."""

from __future__ import annotations

from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.settings import ServiceSettings

from blacklight_library.books import Books
from blacklight_library.models import Base
from blacklight_library.servicer import LibraryServicer

ADMITTED_HOSTS = {"key-of-a-host"}


async def authenticate_host(api_key: str) -> Caller | None:
    """A host by its key, for as long as the key is admitted."""
    return Caller(CallerKind.HOST, "host-1") if api_key in ADMITTED_HOSTS else None


def build(kit: Kit[ServiceSettings]) -> Parts:
    return Parts(
        servicers=[LibraryServicer(Books(kit.database, kit.clock))],
        task_queue="library",
        host_authenticator=authenticate_host,
    )


APP = ServiceApp(name="library", settings=ServiceSettings, base=Base, build=build)
