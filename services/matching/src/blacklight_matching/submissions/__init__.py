"""Submissions: candidates sent to vendors and clients, and what becomes of them (spec 2.3, 3.9, 4.3.5)."""
