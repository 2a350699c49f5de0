"""Signing in to mailboxes at their providers: OAuth 2.0 with PKCE."""
