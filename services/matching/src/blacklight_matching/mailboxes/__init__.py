"""Mailboxes of recruiters: connecting them, reading their mails, and the postings that come of them."""
