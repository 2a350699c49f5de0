"""Settings of the matching service."""

from __future__ import annotations

from blacklight_servicekit.settings import ServiceSettings
from pydantic import Field


class MatchingSettings(ServiceSettings):
    """What matching needs beside the common settings. Days are spec decision D-6."""

    posting_unseen_days: int = Field(default=30, ge=1, le=3650)
    posting_age_days: int = Field(default=60, ge=1, le=3650)
