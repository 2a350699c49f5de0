"""The base of this service's tables: schema `matching`."""

from __future__ import annotations

from datetime import datetime

from blacklight_servicekit.tables import schema_metadata
from sqlalchemy import DateTime, Text
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Every table of matching; the kit's own tables are part of the metadata."""

    metadata = schema_metadata("matching")
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text}  # noqa: RUF012
