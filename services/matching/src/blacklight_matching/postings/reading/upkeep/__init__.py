"""Readings and vectors of postings, kept up with texts and engine."""
