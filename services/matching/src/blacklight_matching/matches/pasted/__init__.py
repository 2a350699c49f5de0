"""Jobs that somebody pasted, scored against the bench; nothing of them is stored."""
