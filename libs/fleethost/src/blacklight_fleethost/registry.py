"""Readers by name: those of this package and of any other that is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata

from blacklight_fleethost.reader import BadOption, MakeReader, Reader, Tell

GROUP = "blacklight.readers"


def reader_names() -> list[str]:
    """The readers that are installed, sorted."""
    return sorted({entry.name for entry in metadata.entry_points(group=GROUP)})


def make_reader(name: str, options: Mapping[str, str], tell: Tell) -> Reader:
    """The reader of this name. Raises BadOption where there is none, or it cannot be loaded, or an option is wrong."""
    found = list(metadata.entry_points(group=GROUP, name=name))
    if not found:
        raise BadOption(f"no reader is called {name}; installed are {', '.join(reader_names())}")
    if len(found) > 1:
        raise BadOption(f"several packages bring a reader called {name}: {', '.join(one.value for one in found)}")
    try:
        make: MakeReader = found[0].load()
    except (ImportError, AttributeError) as error:
        raise BadOption(f"the reader {name} ({found[0].value}) cannot be loaded: {error}") from error
    return make(options, tell)


def check_known(options: Mapping[str, str], known: frozenset[str], prefixes: tuple[str, ...] = ()) -> None:
    """Raises BadOption for an option that is none of these, as a misspelt one would do nothing."""
    for name in options:
        if name not in known and not name.startswith(prefixes or ("\0",)):
            raise BadOption(f"no option is called {name}; there are {', '.join(sorted(known))}")
