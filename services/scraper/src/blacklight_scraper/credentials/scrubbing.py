"""Takes an account's secrets out of what a host said of it: hosts are asked not to put them there. Pure."""

from __future__ import annotations

from blacklight_scraper.credentials.cookies import SHORTEST_SECRET, cookie_values
from blacklight_scraper.credentials.states import MESSAGE_LENGTH
from blacklight_scraper.credentials.views import Secret

HIDDEN = "[secret]"


def scrubbed(message: str, secret: Secret) -> str:
    """The message without password, proxy and cookies, at most 1,000 characters."""
    parts = [secret.password, secret.cookies, secret.proxy, *cookie_values(secret.cookies)]
    # The longest first: a value may be part of another.
    for part in sorted(set(parts), key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            message = message.replace(part, HIDDEN)
    return message[:MESSAGE_LENGTH]
