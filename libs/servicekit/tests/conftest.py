"""Makes the stranger's service importable and gives it to the tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

DATA = Path(__file__).parent / "data"
sys.path.insert(0, str(DATA))

TENANT = UUID("01890000-0000-7000-8000-00000000000a")
OTHER_TENANT = UUID("01890000-0000-7000-8000-00000000000b")


@pytest.fixture
def library(serve_app: Any) -> Any:
    """The library, serving; `.servicer` is its one servicer."""
    from blacklight_library.app import APP

    running = serve_app(APP)
    running.servicer = running.parts.servicers[0]
    return running


@pytest.fixture
def library_database(service_database: Any) -> Any:
    """A fresh database of the library."""
    from blacklight_library.app import APP

    return service_database(APP)


@pytest.fixture
def tenant() -> UUID:
    """A tenant."""
    return TENANT


@pytest.fixture
def other_tenant() -> UUID:
    """Another one."""
    return OTHER_TENANT
