"""Lists of roles."""
