"""Accounts on job boards: kept encrypted, leased to one holder at a time (spec 2.4, 3.16, 6.15, 8.3)."""
