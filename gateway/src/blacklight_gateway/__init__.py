"""Envoy configuration and OpenAPI, generated from the contract."""
