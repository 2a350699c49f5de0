"""Batches as administrators look at them: what became of each posting, and failed ones sent again."""
