"""Canonical roles: the names of jobs that link candidates and postings."""
