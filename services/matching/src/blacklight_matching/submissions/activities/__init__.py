"""What happened to submissions, as people add and read it."""
