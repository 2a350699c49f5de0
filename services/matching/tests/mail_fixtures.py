"""Fixtures of tests that read mailboxes; `conftest` makes them known to all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.matching.tests import mail_server
from services.matching.tests.mail_server import MailServer
from services.matching.tests.mailbox_rig import MailRig


@pytest.fixture(scope="module")
def server(session_folder: Path) -> Iterator[MailServer]:
    """A mail server on this machine."""
    with mail_server.running(session_folder) as running:
        yield running


@pytest.fixture
def rig(matching: Any, server: MailServer) -> MailRig:
    """The parts that read mailboxes, and the server."""
    return MailRig(matching, server)


@pytest.fixture
def me(build: Any) -> Any:
    """A user of a new tenant."""
    return build.user()
