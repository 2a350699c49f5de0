"""What a deployment tells this service, from the environment."""

from __future__ import annotations

from blacklight_servicekit.settings import ServiceSettings
from pydantic import Field


class CandidateSettings(ServiceSettings):
    """Settings of the candidate service, each from `BLACKLIGHT_<NAME>`."""

    store_url: str
    """Where files are kept: `file:///folder`, `s3://bucket/path`, `gs://…`, `az://…`."""
    reader_processes: int = Field(default=1, ge=1, le=16)
    """Files read at the same time by one worker, each in a process of its own."""
    reader_timeout_seconds: int = Field(default=30, ge=1, le=300)
    """Longest time one file may take to read."""
    reader_memory_mb: int = Field(default=1024, ge=256)
    """Address space of one reading process."""
