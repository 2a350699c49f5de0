"""Vectors of candidates, kept up with texts and engine."""
