"""A board that publishes a feed."""
