"""Administrators of the platform."""
