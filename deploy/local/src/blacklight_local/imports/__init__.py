"""`blacklight import FILE`."""
