"""How the commands end: exit codes that whoever supervises a host can act on (spec 8.1)."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator

import click

from blacklight_fleethost.link import HostRefused, LeaseStarved, LinkLost
from blacklight_fleethost.spool import SpoolInUse

GENERIC = 1
AUTH_DEAD = 2
LEASE_STARVED = 3
CRASH = 42


@contextlib.contextmanager
def supervised() -> Iterator[None]:
    """1 for trouble that may pass, 2 when this host is not admitted, 3 without accounts, 42 for a fault of the host."""
    try:
        yield
    except HostRefused as error:
        click.echo(str(error), err=True)
        raise SystemExit(AUTH_DEAD) from error
    except LeaseStarved as error:
        click.echo(str(error), err=True)
        raise SystemExit(LEASE_STARVED) from error
    except (SpoolInUse, LinkLost) as error:
        click.echo(str(error), err=True)
        raise SystemExit(GENERIC) from error
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        click.echo(traceback.format_exc(), err=True)
        raise SystemExit(CRASH) from error
