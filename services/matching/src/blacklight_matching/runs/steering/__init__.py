"""Runs of every kind, as the administrators of the platform steer them."""
