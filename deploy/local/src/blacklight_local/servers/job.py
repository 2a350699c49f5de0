"""A command that ends by itself, seen as a server: ready when it has ended well."""

from __future__ import annotations

from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed, Spawn


class Job:
    """Runs `command` once; it must end with status 0 within `wait_ready`'s time."""

    def __init__(self, command: Command, spawn: Spawn | None = None) -> None:
        self.process = ManagedProcess(command, spawn)

    def start(self) -> None:
        """Start the command; does not wait for it."""
        self.process.start()

    def wait_ready(self, timeout: float = 120.0) -> None:
        """Return once it has ended well. Raises ServerFailed with its last words otherwise."""
        self.process.wait_ready(self._ended_well, timeout)

    def stop(self) -> None:
        """End it if it still runs."""
        self.process.stop()

    def _ended_well(self) -> bool:
        status = self.process.returncode
        if status is not None and status != 0:
            raise ServerFailed(self.process.report(f"failed with status {status}"))
        return status == 0
