"""Postings of one tenant's own: typed in, sent by a program, or read from its mail."""
