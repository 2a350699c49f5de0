"""Takes back leases whose holder fell silent (spec 8.3)."""
