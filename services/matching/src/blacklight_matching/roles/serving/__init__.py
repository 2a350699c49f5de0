"""Canonical roles over gRPC."""
