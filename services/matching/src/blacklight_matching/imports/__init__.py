"""Files of postings: received in pieces, imported row by row, answered row by row."""
