"""Who holds a role."""
