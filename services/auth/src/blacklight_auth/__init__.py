"""Tenants, users, roles, sessions and keys."""
