"""Which boards a host can read now."""

from __future__ import annotations

from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.reader import ServesSomePlatforms
from blacklight_fleethost.tools import Tools


async def served(tools: Tools) -> frozenset[str] | None:
    """What the reader serves; None is everything. A reader that fails to say it serves nothing for now, and is told."""
    if not isinstance(tools.reader, ServesSomePlatforms):
        return None
    try:
        return frozenset(await tools.reader.platforms())
    except Exception as error:  # noqa: BLE001 - other people's code, whose faults are theirs
        tools.tell(HostEventKind.READER_SAID, message=f"the reader broke: {type(error).__name__}")
        return frozenset()
