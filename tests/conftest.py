"""How tests are dealt to processes that run side by side (`--dist loadfile`)."""

from __future__ import annotations

from typing import Any

import pytest

WHOLE_STACK = "tests/e2e/"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files that need the whole stack go to one process: each process would start a stack of its own."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class OneStack(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return WHOLE_STACK if nodeid.startswith(WHOLE_STACK) else str(super()._split_scope(nodeid))

    return OneStack(config, log)
