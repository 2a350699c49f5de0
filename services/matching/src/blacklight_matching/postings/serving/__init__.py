"""Postings over gRPC."""
