"""Other people's records read as posting drafts. Pure."""
