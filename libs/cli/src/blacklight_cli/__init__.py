"""The blacklight command."""
