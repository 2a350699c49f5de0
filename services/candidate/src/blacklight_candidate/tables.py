"""The base of this service's tables: schema `candidate`, with the tables that every service has."""

from __future__ import annotations

from blacklight_servicekit.tables import schema_metadata
from sqlalchemy.orm import DeclarativeBase

SCHEMA = "candidate"


class Base(DeclarativeBase):
    """Base of every model of this service."""

    metadata = schema_metadata(SCHEMA)
