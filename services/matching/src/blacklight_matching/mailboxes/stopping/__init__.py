"""Mailboxes of people who were deactivated."""
