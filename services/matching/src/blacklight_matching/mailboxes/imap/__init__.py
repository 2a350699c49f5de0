"""Speaking IMAP to servers that people name."""
