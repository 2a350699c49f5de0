"""The rows of a file, page by page, on their way into the postings."""
