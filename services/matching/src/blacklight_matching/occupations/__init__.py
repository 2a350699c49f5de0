"""Which O*NET occupation a job title names. Pure, deterministic, no network.

find_occupations(title)      the likeliest occupations of one title, best first
find_many(titles)            the same of many titles at once, several thousand a second
"""

from blacklight_matching.occupations.lookup import Occupation, OccupationIndex, find_many, find_occupations

__all__ = ["Occupation", "OccupationIndex", "find_many", "find_occupations"]
