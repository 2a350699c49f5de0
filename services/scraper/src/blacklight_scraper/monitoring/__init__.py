"""The fleet as administrators see and steer it: figures, yields, failures, what happens (spec 4.4.3)."""
