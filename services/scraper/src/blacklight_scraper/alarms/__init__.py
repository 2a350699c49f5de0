"""Alarms: what about a platform or a host a person should look at (spec 8.8)."""
