"""A stranger's service, to try servicekit on: a town library."""
