"""Tenants: the recruiting companies, each a unit of isolation."""
