"""Which submission is in the way of another one."""
