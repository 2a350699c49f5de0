"""What happens in the fleet, in order, for people who watch (spec 4.4.3)."""
