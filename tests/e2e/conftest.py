"""The whole stack, once for a test session: real servers, real services, one gateway."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from blacklight_local.data_folder import DataFolder
from blacklight_local.demo.api import Api
from blacklight_local.demo.steps import create_tenant, sign_in_admin
from blacklight_local.running import RunningStack, running_stack
from blacklight_local.stack import Options


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    with tempfile.TemporaryDirectory(prefix="bl-e2e-") as folder:
        os.chmod(folder, 0o711)
        with running_stack(DataFolder(Path(folder) / "data"), Options()) as running:
            yield running


@pytest.fixture(scope="session")
def admin(stack: RunningStack) -> Api:
    """An administrator of the platform, signed in."""
    email = f"admin-{uuid4().hex[:8]}@platform.example.com"
    return sign_in_admin(stack.gateway_url, email, stack.create_admin(email))


@dataclass(frozen=True)
class Tenant:
    """A recruiting company through its administrator: the demo's client, and a bare one for what must fail."""

    api: Api
    http: httpx.Client


@pytest.fixture
def make_tenant(admin: Api) -> Iterator[object]:
    made: list[Tenant] = []

    def make(name: str = "Harbour Staffing") -> Tenant:
        api = create_tenant(admin, name)
        headers = {"authorization": f"Bearer {api.token}"}
        made.append(Tenant(api, httpx.Client(base_url=api.url, headers=headers, timeout=60)))
        return made[-1]

    yield make
    for tenant in made:
        tenant.api.close()
        tenant.http.close()


@pytest.fixture
def tenant(make_tenant: object) -> Tenant:
    return make_tenant()  # type: ignore[operator,no-any-return]
