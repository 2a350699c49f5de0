"""Job boards the fleet reads."""
