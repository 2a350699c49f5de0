"""Settings of the matching service."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from blacklight_servicekit.sealing import split_keys
from blacklight_servicekit.settings import ServiceSettings
from pydantic import Field, SecretStr, field_validator

from blacklight_matching.language_model import ChatModel, LanguageModel
from blacklight_matching.mailboxes.endpoints import HostRule
from blacklight_matching.mailboxes.rules import GOOGLE, MICROSOFT, MailRules


class MatchingSettings(ServiceSettings):
    """What matching needs beside the common settings. Days are spec decision D-6."""

    posting_unseen_days: int = Field(default=30, ge=1, le=3650)
    posting_age_days: int = Field(default=60, ge=1, le=3650)
    right_to_represent_days: int = Field(default=90, ge=0, le=3650)
    """How long an active submission keeps others from sending its candidate to the same client for the same job."""
    language_model_url: str = ""
    """Endpoint that speaks OpenAI's chat completions, without `/chat/completions`; empty = no language model."""
    language_model_name: str = ""
    language_model_key: SecretStr = SecretStr("")
    language_model_seconds: float = Field(default=20.0, gt=0, le=120)
    """How long one opinion may take, all attempts together."""
    language_model_daily_opinions: int = Field(default=200, ge=0, le=1_000_000)
    """How many opinions a tenant has formed by the model on one day (UTC); the local engine forms the others."""

    credential_keys: SecretStr = Field(default=SecretStr(""), validate_default=True)
    """Fernet keys separated by commas, the current one first; they seal what mailboxes are signed in to with."""
    mailbox_google_client_id: str = ""
    mailbox_google_client_secret: SecretStr = SecretStr("")
    mailbox_microsoft_client_id: str = ""
    mailbox_microsoft_client_secret: SecretStr = SecretStr("")
    mailbox_redirect_url: str = ""
    """Where providers send people back to: the public address of `/v1/mailboxes/oauth/callback`; empty = no OAuth."""
    mailbox_front_end_url: str = ""
    """The page that completes a sign-in; empty = code and state are shown."""
    mailbox_lookback_days: int = Field(default=7, ge=0, le=365)
    """How far back a mailbox is read when it is connected."""
    mailbox_retention_days: int = Field(default=90, ge=1, le=3650)
    """How long it is kept what came of a mail."""
    mailbox_allow_private_hosts: bool = False
    """Whether IMAP servers may lie in private networks, and have any port."""
    mailbox_allow_plain: bool = False
    """Whether a connection without TLS may leave the machine."""
    mailbox_ca_file: Path | None = None
    """Certificates to trust instead of the system's."""

    @field_validator("credential_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr) -> SecretStr:
        split_keys(value.get_secret_value())
        return value

    @property
    def mail_rules(self) -> MailRules:
        """What holds for mailboxes."""
        google, microsoft = self.mailbox_google_client_secret, self.mailbox_microsoft_client_secret
        return MailRules(
            hosts=HostRule(self.mailbox_allow_private_hosts, self.mailbox_allow_plain),
            ca_file=self.mailbox_ca_file,
            redirect_url=self.mailbox_redirect_url,
            front_end_url=self.mailbox_front_end_url,
            providers={
                "GMAIL": replace(
                    GOOGLE, client_id=self.mailbox_google_client_id, client_secret=google.get_secret_value()
                ),
                "OUTLOOK": replace(
                    MICROSOFT, client_id=self.mailbox_microsoft_client_id, client_secret=microsoft.get_secret_value()
                ),
            },
            lookback=timedelta(days=self.mailbox_lookback_days),
            retention=timedelta(days=self.mailbox_retention_days),
        )

    @property
    def language_model(self) -> LanguageModel | None:
        """The model, where one is named."""
        if not self.language_model_url or not self.language_model_name:
            return None
        return ChatModel(self.language_model_url, self.language_model_name, self.language_model_key.get_secret_value())
