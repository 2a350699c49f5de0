"""Runs that score pairs again."""
