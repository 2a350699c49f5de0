"""`blacklight explain`: a score as a sum with its sentences."""
