"""How a client says who it is: PLAIN (RFC 4616) and XOAUTH2, and what servers answer who do not believe it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from blacklight_matching.mailboxes.states import FailureKind, MailFailure


@dataclass(frozen=True, slots=True)
class SignIn:
    """A user with a password or, where there is one, an access token."""

    user: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)

    @property
    def mechanism(self) -> str:
        """The SASL mechanism."""
        return "XOAUTH2" if self.access_token else "PLAIN"

    def answer(self, challenge: bytes) -> bytes:
        """The client's answer. A server that refuses a token says why in a second challenge, to be answered by
        nothing before it ends the exchange.
        """
        if challenge.strip():
            return b""
        if self.access_token:
            return f"user={self.user}\x01auth=Bearer {self.access_token}\x01\x01".encode()
        return f"\0{self.user}\0{self.password}".encode()


_LATER = re.compile(r"\[(?:UNAVAILABLE|INUSE|SERVERBUG|CONTACTADMIN|ALERT\] *(?:system|temporar))", re.IGNORECASE)
_TOO_MUCH = re.compile(
    r"\[(?:LIMIT|OVERQUOTA|THROTTLED)\]|too many (?:simultaneous|connections|logins)|exceeded command|rate.?limit",
    re.IGNORECASE,
)


def authentication_failure(answer: str) -> MailFailure:
    """What a refused sign-in means, by the response codes of RFC 5530: a server in trouble refuses good passwords."""
    if _TOO_MUCH.search(answer):
        return MailFailure(FailureKind.QUOTA, "the server asks to come back later")
    if _LATER.search(answer):
        return MailFailure(FailureKind.PROVIDER, "the server can't check the sign-in just now")
    return MailFailure(FailureKind.AUTHENTICATION, "the server refuses the sign-in")
