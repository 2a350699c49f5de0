"""Runs that make missing and stale vectors."""
