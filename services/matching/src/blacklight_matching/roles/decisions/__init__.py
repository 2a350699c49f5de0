"""What administrators decide of roles."""
