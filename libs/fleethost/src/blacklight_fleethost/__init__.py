"""A scraper host: claims roles and streams postings."""
