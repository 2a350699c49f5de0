"""Writes scores in bulk and keeps every list as a full matching would have it."""
