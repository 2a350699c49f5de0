"""What is kept of mails, and for how long."""
