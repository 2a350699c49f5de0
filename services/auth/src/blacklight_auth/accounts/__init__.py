"""Accounts: an e-mail address that signs in, its password, its lock, its one-time tokens."""
