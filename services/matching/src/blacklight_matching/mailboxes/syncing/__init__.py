"""One mailbox at a time, page by page: mails are stored, then read."""
