"""Sessions: one signed-in device each, renewed by rotating refresh tokens."""
