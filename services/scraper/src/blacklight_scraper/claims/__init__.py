"""Targets claimed with the accounts to work them, in one transaction (spec 8.2, 8.9, ADR 0013)."""
