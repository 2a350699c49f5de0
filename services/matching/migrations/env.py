"""Alembic's environment: servicekit runs the migrations."""

from blacklight_servicekit.migration import run

run()
