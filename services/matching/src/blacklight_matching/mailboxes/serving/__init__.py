"""The service of mailboxes on the wire."""
