"""Interviews of submissions."""
