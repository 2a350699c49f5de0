"""What a tenant does with postings of its own."""
