"""What a posting says: skills, years, remote work and a vector, read from its text."""
