"""Which target is claimed next, who holds it, and how long it rests (spec 6.14, 8.2)."""
