"""What came of mails, and what the owners of mailboxes are told."""
