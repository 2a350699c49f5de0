"""Accounts as administrators keep them: made, changed, revealed, taken out (spec 2.4, 4.4.2)."""
