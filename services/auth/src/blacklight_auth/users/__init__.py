"""Portal users: the people of a tenant."""
