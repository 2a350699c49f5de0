"""The fleet: keys, queue, sessions and batches."""
