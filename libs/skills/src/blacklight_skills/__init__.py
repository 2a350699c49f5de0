"""The skill taxonomy and the token-aware matcher: pure, versioned, deterministic.

find_skills(text)   every mention of a known skill in running text, with its character span
resolve(name)       the skill a person means by a typed name, or None
find_skill_spans(text)  also traits, tasks and topics that no taxonomy names; for showing, never for scoring
key_of(name)        what two typed names are compared by, known or unknown
find_skill(id)      the skill of an id, or None
TAXONOMY_VERSION    stored beside everything that was found with it
"""

from blacklight_skills.matcher import SkillSpan, find_skills
from blacklight_skills.names import normal_form
from blacklight_skills.phrases import SkillPhrase, find_skill_spans
from blacklight_skills.taxonomy import TAXONOMY_VERSION, Skill, find_skill, key_of, resolve

__all__ = [
    "TAXONOMY_VERSION",
    "Skill",
    "SkillPhrase",
    "SkillSpan",
    "find_skill",
    "find_skill_spans",
    "find_skills",
    "key_of",
    "normal_form",
    "resolve",
]
