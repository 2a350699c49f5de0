"""The résumé parser: pure rules over extracted text."""

from __future__ import annotations

from .model import Education, Field, Job, Link, ParsedResume, Phone
from .parse import parse
from .skills import FoundSkill, NoSkills, SkillFinder
from .taxonomy import TaxonomySkills

__all__ = [
    "Education",
    "Field",
    "FoundSkill",
    "Job",
    "Link",
    "NoSkills",
    "ParsedResume",
    "Phone",
    "SkillFinder",
    "TaxonomySkills",
    "parse",
]
