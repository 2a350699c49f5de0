"""The two ways into matching: postings arrive, candidates change."""
