"""The declarative base of the schema `auth`."""

from __future__ import annotations

from datetime import datetime

from blacklight_servicekit.tables import schema_metadata
from sqlalchemy import DateTime, Text
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Base of every model: text without length, times with zone."""

    metadata = schema_metadata("auth")
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text}  # noqa: RUF012
