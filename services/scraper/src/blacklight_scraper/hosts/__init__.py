"""Scraper hosts: who they are, whether they are connected, what they may do (spec 8.9)."""
