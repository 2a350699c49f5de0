"""The one set of scoring constants (spec sections 6.8 and 9.5, pains P-63 and P-67).

Scores and points are whole hundredths: 10,000 is a full score of 100. Weights are points out of 100.
"""

from __future__ import annotations

SCORER_VERSION = "2"
"""Stored with each score. Any change of what a pair scores changes it; `tests/pure/golden_scores.csv` pins
it.
"""

FULL = 10_000

SKILLS_WEIGHT = 45
EXPERIENCE_WEIGHT = 20
SEMANTIC_WEIGHT = 35
ALL_WEIGHTS = SKILLS_WEIGHT + EXPERIENCE_WEIGHT + SEMANTIC_WEIGHT

STORE_FROM = 3_000
"""Pairs below this are not stored."""

ALIKE_FROM = 3_500
"""Likeness of the two texts that relates a pair without any skill in common; see `relation`."""

RECOMMENDED_FROM = 6_000

GRADES = ((9_000, "A+"), (8_000, "A"), (7_500, "B+"), (7_000, "B"), (6_500, "C+"), (0, "C"))
"""Lowest overall score of each grade, best first."""

ABOVE_RANGE = ((24, 9_500), (60, 9_000), (120, 8_500))
"""Months above the stated maximum, up to and including, and the experience score for them."""

FAR_ABOVE = 8_000

BELOW_RANGE = ((12, 8_500), (24, 7_000), (36, 5_500))
"""Months short of the stated minimum, up to and including, and the experience score for them."""

FAR_BELOW = 4_000

SKILLS_TRUST = (0, 10, 25, 45, 70, 100)
"""Per cent of its weight that the skills part has when a posting asks for 0, 1, ... 4, and 5 or more skills: the rest
of the requirements is unknown then, and unknown parts count for nothing (decision D-5, ADR 0019).
"""
