"""What scores of pairs rest on."""
