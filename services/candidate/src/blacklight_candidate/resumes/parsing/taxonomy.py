"""The skill taxonomy of the platform as the parser's skill finder."""

from __future__ import annotations

from collections.abc import Sequence

from blacklight_skills import find_skills

from .skills import FoundSkill


class TaxonomySkills:
    """Skills of `blacklight_skills`, by their preferred names."""

    def find(self, text: str) -> Sequence[FoundSkill]:
        return [FoundSkill(span.name, span.start, span.end) for span in find_skills(text)]
