"""A host's events as lines for people. Pure."""

from __future__ import annotations

from blacklight_fleethost.events import HostEvent


def line_of(event: HostEvent) -> str:
    """An event on one line, whatever files and boards put into their names."""
    said = [event.host, event.kind.value, event.role_name, event.platform]
    if event.sequence:
        said.append(f"batch {event.sequence}: {event.accepted} taken, {event.refused} refused")
    said.append(event.message)
    line = "  ".join(part for part in said if part)
    return "".join(sign if sign.isprintable() else "?" for sign in line)
