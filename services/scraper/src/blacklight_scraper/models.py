"""The base of the scraper's tables. All are platform tables: none belongs to a tenant."""

from __future__ import annotations

from blacklight_servicekit.tables import schema_metadata
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Tables of the schema `scraper`."""

    metadata = schema_metadata("scraper")
