"""A board of saved files."""
