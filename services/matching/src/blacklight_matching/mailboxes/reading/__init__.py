"""What a mail says: its own words, whether it offers work, and each job in it."""
