"""The places and queries that roles are searched with (spec 2.4, 3.13)."""
