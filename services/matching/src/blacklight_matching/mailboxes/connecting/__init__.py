"""A mailbox becomes known."""
