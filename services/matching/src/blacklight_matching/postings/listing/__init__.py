"""Lists of postings, and their counts."""
