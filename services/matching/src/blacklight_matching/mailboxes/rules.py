"""What a deployment lays down for mailboxes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from blacklight_matching.mailboxes.endpoints import PRESETS, Endpoint, HostRule


@dataclass(frozen=True, slots=True)
class OAuthProvider:
    """An authorisation server and what we are to it; without `client_id` it is not configured.

    Attributes:
        imap: where mailboxes of this provider are.
    """

    authorize_url: str
    token_url: str
    revoke_url: str
    scope: str
    imap: Endpoint
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


GOOGLE = OAuthProvider(
    authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",
    revoke_url="https://oauth2.googleapis.com/revoke",
    scope="https://mail.google.com/",
    imap=PRESETS["GMAIL"],
)
MICROSOFT = OAuthProvider(
    authorize_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",
    revoke_url="",
    scope="https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    imap=PRESETS["OUTLOOK"],
)


@dataclass(frozen=True, slots=True)
class MailRules:
    """Rules of a deployment.

    Attributes:
        ca_file: certificates to trust instead of the system's.
        redirect_url: where providers send people back to; empty = no sign-in by OAuth.
        lookback: how far back a new mailbox is read.
    """

    hosts: HostRule = field(default_factory=HostRule)
    ca_file: Path | None = None
    redirect_url: str = ""
    front_end_url: str = ""
    providers: Mapping[str, OAuthProvider] = field(default_factory=dict)
    lookback: timedelta = timedelta(days=7)
    retention: timedelta = timedelta(days=90)
