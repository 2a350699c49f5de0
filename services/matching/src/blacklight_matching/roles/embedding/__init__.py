"""Vectors of canonical roles, kept up with the engine."""
