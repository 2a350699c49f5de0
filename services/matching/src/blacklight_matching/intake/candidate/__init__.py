"""A candidate has changed: roles, vector, matches, in this order."""
