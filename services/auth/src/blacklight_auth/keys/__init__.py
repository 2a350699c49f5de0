"""Signing keys of access tokens: made once, kept sealed, rotated."""
