"""The statements that write scores in bulk. They touch the score's columns only: what people made of a match stays.

Pure text.
"""

from __future__ import annotations

SCORED = (
    ("candidate_id", "uuid"),
    ("posting_id", "uuid"),
    ("score", "int2"),
    ("skills_score", "int2"),
    ("experience_score", "int2"),
    ("semantic_score", "int2"),
    ("confidence", "int2"),
    ("matched", "bytea"),
    ("profile_hash", "bytea"),
    ("posting_hash", "bytea"),
)

DROP_SCORED = "DELETE FROM scored WHERE candidate_id = ANY(CAST(:outdated AS uuid[]))"

_NAMES = ", ".join(name for name, _ in SCORED)
_SCORE = (
    "score",
    "skills_score",
    "experience_score",
    "semantic_score",
    "confidence",
    "matched",
    "profile_hash",
    "posting_hash",
    "scorer_version",
)
_TAKEN = ", ".join(f"{name} = excluded.{name}" for name in _SCORE)
_BEFORE = ", ".join(f"candidate_matches.{name}" for name in _SCORE)
_AFTER = ", ".join(f"excluded.{name}" for name in _SCORE)

KEEP_SCORES = f"""
INSERT INTO candidate_matches (match_id, {_NAMES}, tenant_id, scorer_version, create_time, update_time)
SELECT uuidv7(), {_NAMES}, :tenant_id, :scorer_version, :now, :now FROM scored
ON CONFLICT (tenant_id, candidate_id, posting_id) DO UPDATE SET {_TAKEN},
  update_time = CASE WHEN candidate_matches.score = excluded.score
    THEN candidate_matches.update_time ELSE excluded.update_time END
WHERE ({_BEFORE}) IS DISTINCT FROM ({_AFTER})
"""

# In two statements: as one, a planner without statistics of a table just filled ranks all rows again for each row.
FIND_CROWDED = """
SELECT candidate_id FROM candidate_matches
WHERE tenant_id = :tenant_id AND candidate_id = ANY(ARRAY(SELECT DISTINCT candidate_id FROM scored))
GROUP BY candidate_id HAVING count(*) > :most
"""

# Best by score, ties by posting; what people have touched takes its place in the order and is never removed.
CUT_TO_BEST = """
WITH ranked AS MATERIALIZED (
  SELECT match_id, row_number() OVER (PARTITION BY candidate_id ORDER BY score DESC, posting_id) AS place
  FROM candidate_matches WHERE tenant_id = :tenant_id AND candidate_id = ANY(CAST(:crowded AS uuid[]))
)
DELETE FROM candidate_matches
WHERE tenant_id = :tenant_id AND state = 'SUGGESTED'
  AND match_id IN (SELECT match_id FROM ranked WHERE place > :most)
"""

DROP_OUTDATED = """
DELETE FROM candidate_matches m
WHERE m.tenant_id = :tenant_id AND m.posting_id = ANY(:posting_ids) AND m.state = 'SUGGESTED' AND NOT EXISTS (
  SELECT FROM unnest(CAST(:known_ids AS uuid[]), CAST(:known_hashes AS bytea[])) AS known (posting_id, posting_hash)
  WHERE known.posting_id = m.posting_id AND known.posting_hash = m.posting_hash
    AND m.scorer_version = :scorer_version
)
"""
