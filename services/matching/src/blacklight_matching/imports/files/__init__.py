"""Rows of a file: JSON array, JSON Lines or CSV, read in pieces from any place a row begins. Pure."""

from blacklight_matching.imports.files.detecting import CSV, JSON, JSON_LINES, FileFault, detect_format
from blacklight_matching.imports.files.paging import FilePage, take_page
from blacklight_matching.imports.files.source import Source

__all__ = ["CSV", "JSON", "JSON_LINES", "FileFault", "FilePage", "Source", "detect_format", "take_page"]
