"""Sibling sessions on one target, ended together (F-28)."""
