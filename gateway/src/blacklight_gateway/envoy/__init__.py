"""Envoy's configuration as generated code: one module per concern."""
