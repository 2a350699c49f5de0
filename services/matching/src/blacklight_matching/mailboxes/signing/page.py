"""The page that a provider sends people back to: it hands code and state to the front end, or shows them. Pure.

It decides nothing: without the signed-in person who began, code and state are worth nothing (`flow`).
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    "<title>Mailbox sign-in</title>{refresh}</head><body><main><h1>{title}</h1>{body}</main></body></html>"
)


def callback_page(front_end_url: str, *, code: str, state: str, error: str) -> str:
    """A small page without scripts; everything that came is escaped."""
    if error:
        said = f"<p>The provider answered <code>{escape(error)}</code>. Nothing was connected; you may try again.</p>"
        return _HEAD.format(refresh="", title="The mailbox was not connected", body=said)
    if front_end_url:
        there = escape(f"{front_end_url}?{urlencode({'code': code, 'state': state})}")
        refresh = f'<meta http-equiv="refresh" content="0;url={there}">'
        body = f'<p><a href="{there}">Go on to Blacklight</a> to finish.</p>'
        return _HEAD.format(refresh=refresh, title="Almost done", body=body)
    body = (
        "<p>Give these two to <code>POST /v1/mailboxes:completeOAuth</code>, signed in as the person who began:</p>"
        f"<dl><dt>code</dt><dd><code>{escape(code)}</code></dd><dt>state</dt><dd><code>{escape(state)}</code></dd></dl>"
    )
    return _HEAD.format(refresh="", title="Almost done", body=body)
