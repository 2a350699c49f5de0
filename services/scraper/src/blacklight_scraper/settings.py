"""What a deployment may set for the scraper; every name is read from `BLACKLIGHT_…`."""

from __future__ import annotations

from datetime import timedelta

from blacklight_servicekit.sealing import split_keys
from blacklight_servicekit.settings import ServiceSettings
from pydantic import Field, SecretStr, field_validator

from blacklight_scraper.alarms.states import WatchRule
from blacklight_scraper.intake.review.views import RetryRule
from blacklight_scraper.queue.rest import RestRule
from blacklight_scraper.sessions.states import Patience


class ScraperSettings(ServiceSettings):
    """Settings of the scraper; times are in seconds unless the name says otherwise."""

    credential_keys: SecretStr = Field(default=SecretStr(""), validate_default=True)
    """Fernet keys separated by commas, the current one first; they seal what accounts sign in with. Required."""
    scraper_lease_seconds: float = Field(default=600, gt=0)
    """How long an account stays leased without a sign of life of its holder (spec 8.3)."""
    scraper_reap_seconds: float = Field(default=600, gt=0)
    scraper_heartbeat_seconds: int = Field(default=15, ge=1, le=300)
    scraper_window: int = Field(default=8, ge=1, le=64)
    scraper_window_bytes: int = Field(default=4 * 1024 * 1024, ge=64 * 1024)
    """Drafts of one host without acknowledgement on the way at once, at most."""
    scraper_inflight_bytes: int = Field(default=12 * 1024 * 1024, ge=1024 * 1024)
    """The same for all hosts of a process together; when many deliver, each one's window shrinks."""
    scraper_board_seconds: float = Field(default=5, gt=0)
    """How often a process looks what holds for its hosts when nothing wakes it."""
    scraper_max_batch_postings: int = Field(default=200, ge=1, le=200)
    scraper_claim_retry_seconds: int = Field(default=10, ge=1, le=3600)
    scraper_liveness_seconds: float = Field(default=600, gt=0)
    scraper_rest_liveness_seconds: float = Field(default=3600, gt=0)
    """The same for a session worked by REST, which has no heartbeat."""
    scraper_in_flight_grace_seconds: float = Field(default=600, gt=0)
    """A session without a sign of life for so long does not count against its platforms' most in flight (F-10)."""
    scraper_review_seconds: float = Field(default=60, gt=0)
    """How long a finishing session waits for its batches before it looks again without being told."""
    scraper_overdue_sweep_seconds: float = Field(default=120, gt=0)
    scraper_backoff_first_seconds: float = Field(default=300, ge=0)
    scraper_backoff_longest_seconds: float = Field(default=21600, ge=0)
    scraper_payload_retention_hours: float = Field(default=72, ge=0)
    scraper_payload_sweep_seconds: float = Field(default=600, gt=0)
    scraper_late_batch_hours: float = Field(default=24, ge=0)
    """How long after its end a session still takes batches from a host's spool."""
    scraper_import_attempts: int = Field(default=12, ge=1)
    """Deliveries to matching before a batch is accounted for as failed."""
    scraper_import_timeout_seconds: float = Field(default=25, gt=0, le=25)
    """Below the thirty seconds that the relay gives a delivery."""
    scraper_watch_seconds: float = Field(default=60, gt=0)
    """How often alarms are looked for."""
    scraper_alarm_retention_days: float = Field(default=90, ge=0)
    """How long an alarm is kept once it holds no more."""
    scraper_event_retention_hours: float = Field(default=168, ge=0)
    scraper_watchers: int = Field(default=32, ge=1)
    """Streams of WatchFleet that one process serves."""
    scraper_batch_retries: int = Field(default=8, ge=0)
    """How often a batch that failed is sent to matching again by itself."""
    scraper_batch_retry_first_seconds: float = Field(default=300, ge=0)
    scraper_batch_retry_longest_seconds: float = Field(default=21600, ge=0)
    scraper_batch_retry_sweep_seconds: float = Field(default=60, gt=0)

    @field_validator("credential_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr) -> SecretStr:
        split_keys(value.get_secret_value())
        return value

    def watch_rule(self) -> WatchRule:
        """How alarms are looked for and kept."""
        return WatchRule(
            timedelta(seconds=self.scraper_watch_seconds), timedelta(days=self.scraper_alarm_retention_days)
        )

    def retry_rule(self) -> RetryRule:
        """When a failed batch is sent again."""
        return RetryRule(
            most=self.scraper_batch_retries,
            first=timedelta(seconds=self.scraper_batch_retry_first_seconds),
            longest=timedelta(seconds=self.scraper_batch_retry_longest_seconds),
        )

    def rest_rule(self) -> RestRule:
        """How long a target rests on a platform after failures."""
        return RestRule(
            first=timedelta(seconds=self.scraper_backoff_first_seconds),
            longest=timedelta(seconds=self.scraper_backoff_longest_seconds),
        )

    def patience(self) -> Patience:
        """How long a silent host counts as alive."""
        return Patience(
            timedelta(seconds=self.scraper_liveness_seconds), timedelta(seconds=self.scraper_rest_liveness_seconds)
        )
