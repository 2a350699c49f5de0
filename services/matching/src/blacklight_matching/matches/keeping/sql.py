"""The statements that write scores in bulk. They touch the score's columns only: what people made of a match stays.

Whoever writes the matches of a tenant holds its lock until the commit, and looks only then whether both sides still
are what was scored. A change of either side is followed by a matching of its own, which waits for the lock and comes
later; so what is written last rests on the latest state of both. Pure text.
"""

from __future__ import annotations

_KEY = "hashtextextended('matching.matches', 0) # hashtextextended(:tenant_id, 0)"
LOCK = f"SELECT pg_advisory_xact_lock({_KEY})"
LOCK_BESIDE = f"SELECT pg_advisory_xact_lock_shared({_KEY})"
# In one order, and whether there is such a list or not.
LOCK_LISTS = """
INSERT INTO match_lists (tenant_id, candidate_id, holding)
SELECT :tenant_id, candidate_id, 0 FROM unnest(CAST(:candidates AS uuid[])) AS c (candidate_id) ORDER BY candidate_id
ON CONFLICT (tenant_id, candidate_id) DO UPDATE SET holding = match_lists.holding
"""
# Which postings were matched or went, under a number that tells what came before from what came after. What is long
# past goes, the oldest first and only a few at a time.
TAKE_TURN = """
WITH oldest AS (
  SELECT write_number FROM match_turns WHERE tenant_id = :tenant_id ORDER BY write_number LIMIT 10
), gone AS (
  DELETE FROM match_turns t USING oldest
  WHERE t.tenant_id = :tenant_id AND t.write_number = oldest.write_number AND t.turn_time < :past
)
INSERT INTO match_turns (tenant_id, write_number, posting_ids, turn_time)
VALUES (:tenant_id, nextval('match_writes'), :posting_ids, :now) RETURNING write_number
"""
TURNS_SINCE = """
SELECT coalesce(string_agg(posting_ids, ''), '') AS posting_ids, bool_or(write_number = :since) AS are_all_there
FROM match_turns WHERE tenant_id = :tenant_id AND write_number >= :since
"""
NEXT_WRITE = "SELECT nextval('match_writes')"

SCORED = (
    ("match_id", "uuid"),
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
    ("holds", "bool"),
)

COPY_SCORED = f"COPY scored ({', '.join(name for name, _ in SCORED)}) FROM STDIN (FORMAT binary)"

_TAKEN = (
    "score",
    "skills_score",
    "experience_score",
    "semantic_score",
    "confidence",
    "matched",
    "profile_hash",
    "posting_hash",
    "scorer_version",
    "holds",
)
_NAMES = ", ".join(name for name, _ in SCORED)
# A part that is unknown comes as -1.
_VALUES = ", ".join(f"nullif({name}, -1)" if name.endswith("_score") else name for name, _ in SCORED)
_SET = ", ".join(f"{name} = excluded.{name}" for name in _TAKEN)
_BEFORE = ", ".join(f"candidate_matches.{name}" for name in _TAKEN)
_AFTER = ", ".join(f"excluded.{name}" for name in _TAKEN)

_INSERT = f"""
  INSERT INTO candidate_matches ({_NAMES}, tenant_id, scorer_version, create_time, update_time, write_number)
  SELECT {_VALUES}, :tenant_id, :scorer_version, :now, :now, :write FROM scored
"""
_COUNT = """listed AS (
  UPDATE match_lists l SET holding = l.holding + c.more FROM changed c
  WHERE l.tenant_id = :tenant_id AND l.candidate_id = c.candidate_id AND c.more <> 0
  RETURNING l.candidate_id, l.holding
), opened AS (
  INSERT INTO match_lists (tenant_id, candidate_id, holding)
  SELECT :tenant_id, candidate_id, more FROM changed c
  WHERE more <> 0 AND NOT EXISTS (
    SELECT FROM match_lists l WHERE l.tenant_id = :tenant_id AND l.candidate_id = c.candidate_id
  ) ORDER BY candidate_id
  RETURNING candidate_id, holding
)
SELECT candidate_id, holding, false AS missed FROM listed WHERE holding > :most
UNION ALL
SELECT candidate_id, holding, false FROM opened WHERE holding > :most
"""

_REPLACE = f"""
  ON CONFLICT (tenant_id, candidate_id, posting_id) DO UPDATE SET {_SET}, write_number = excluded.write_number,
    update_time = CASE WHEN candidate_matches.score = excluded.score
      THEN candidate_matches.update_time ELSE excluded.update_time END
  WHERE ({_BEFORE}) IS DISTINCT FROM ({_AFTER})
"""

# Looked up one by one: for a few of many the planner would rather read the table from end to end.
IS_MATCHED = """
SELECT EXISTS (
  SELECT FROM unnest(CAST(:posting_ids AS uuid[])) AS asked (posting_id) CROSS JOIN LATERAL (
    SELECT FROM candidate_matches m WHERE m.tenant_id = :tenant_id AND m.posting_id = asked.posting_id LIMIT 1
  ) found
)
"""
HAVE_MATCHES = """
SELECT EXISTS (
  SELECT FROM unnest(CAST(:candidates AS uuid[])) AS asked (candidate_id) CROSS JOIN LATERAL (
    SELECT FROM candidate_matches m WHERE m.tenant_id = :tenant_id AND m.candidate_id = asked.candidate_id LIMIT 1
  ) found
)
"""

# Of postings without any match; answers the candidates that hold more than the best.
KEEP_FIRST_SCORES = f"""
WITH kept AS ({_INSERT}), changed AS (
  SELECT candidate_id, count(*) AS more FROM scored GROUP BY candidate_id
), {_COUNT}"""

# Of candidates; their lists are counted afterwards.
KEEP_LISTS = f"{_INSERT} {_REPLACE}"

# Answers the candidates that hold more than the best, among whom what was judged may have risen, and those of whose
# list one fell to where others were left out.
KEEP_SCORES = f"""
WITH kept AS ({_INSERT} {_REPLACE}
  RETURNING candidate_id, new.holds::int - coalesce(old.holds, false)::int AS more,
    CASE WHEN old.holds AND NOT new.holds THEN -1 WHEN old.holds AND new.score < old.score THEN new.score END AS fell_to
), changed AS (
  SELECT candidate_id, sum(more) AS more, min(fell_to) AS fell_to FROM kept GROUP BY candidate_id
), {_COUNT}
UNION ALL
SELECT c.candidate_id, l.holding, false FROM changed c
JOIN match_lists l ON l.tenant_id = :tenant_id AND l.candidate_id = c.candidate_id
WHERE c.more = 0 AND l.holding > :most
UNION ALL
SELECT c.candidate_id, 0, true FROM changed c
JOIN match_lists l ON l.tenant_id = :tenant_id AND l.candidate_id = c.candidate_id
WHERE c.fell_to <= l.floor_score
"""

# Best by score, ties by posting; what people have judged takes its place in the order and is never removed.
CUT_TO_BEST = """
WITH beyond AS (
  SELECT m.match_id, m.candidate_id, m.score, m.state
  FROM unnest(CAST(:candidates AS uuid[]), CAST(:extras AS int[])) AS crowded (candidate_id, extras)
  CROSS JOIN LATERAL (
    SELECT match_id, candidate_id, score, state FROM candidate_matches
    WHERE tenant_id = :tenant_id AND candidate_id = crowded.candidate_id AND holds
    ORDER BY score, posting_id DESC LIMIT crowded.extras
  ) m
), cut AS (
  DELETE FROM candidate_matches m USING beyond b
  WHERE m.match_id = b.match_id AND b.state = 'SUGGESTED' RETURNING b.candidate_id, b.score
)
UPDATE match_lists l SET holding = l.holding - c.gone, floor_score = greatest(l.floor_score, c.score)
FROM (SELECT candidate_id, count(*) AS gone, max(score) AS score FROM cut GROUP BY candidate_id) c
WHERE l.tenant_id = :tenant_id AND l.candidate_id = c.candidate_id
"""

_LOSE = """)
UPDATE match_lists l SET holding = l.holding - lost.gone FROM lost
WHERE l.tenant_id = :tenant_id AND l.candidate_id = lost.candidate_id
RETURNING l.candidate_id, l.floor_score IS NOT NULL AS missed
"""

# Suggestions of these postings that do not rest on their present state and were not scored anew; judged ones of a
# posting that is out stay and hold no more.
DROP_OF_POSTINGS = f"""
WITH known AS (
  SELECT * FROM unnest(CAST(:known_ids AS uuid[]), CAST(:known_hashes AS bytea[])) AS known (posting_id, posting_hash)
), dropped AS (
  DELETE FROM candidate_matches m
  WHERE m.tenant_id = :tenant_id AND m.posting_id = ANY(:posting_ids) AND m.state = 'SUGGESTED' AND NOT EXISTS (
    SELECT FROM known WHERE known.posting_id = m.posting_id AND known.posting_hash = m.posting_hash
      AND m.scorer_version = :scorer_version
  ) AND NOT EXISTS (
    SELECT FROM scored s WHERE s.candidate_id = m.candidate_id AND s.posting_id = m.posting_id
  ) RETURNING m.candidate_id
), ended AS (
  UPDATE candidate_matches m SET holds = false
  WHERE m.tenant_id = :tenant_id AND m.posting_id = ANY(:posting_ids) AND m.state <> 'SUGGESTED' AND m.holds
    AND NOT EXISTS (SELECT FROM known WHERE known.posting_id = m.posting_id)
  RETURNING m.candidate_id
), gone AS (
  SELECT candidate_id FROM dropped UNION ALL SELECT candidate_id FROM ended
), lost AS (
  SELECT candidate_id, count(*) AS gone FROM gone GROUP BY candidate_id
{_LOSE}"""

# All that was there when the candidates began to be scored and is not among their matches.
DROP_OF_CANDIDATES = """
DELETE FROM candidate_matches m
WHERE m.tenant_id = :tenant_id AND m.candidate_id = ANY(CAST(:candidates AS uuid[])) AND m.state = 'SUGGESTED'
  AND NOT EXISTS (SELECT FROM scored s WHERE s.candidate_id = m.candidate_id AND s.posting_id = m.posting_id)
  AND m.write_number <= :since
"""

_COUNTED = """
FROM unnest(CAST(:candidates AS uuid[]), CAST(:floors AS int2[])) AS c (candidate_id, floor)
"""
_SET_LISTS = """
ON CONFLICT (tenant_id, candidate_id) DO UPDATE SET holding = excluded.holding, floor_score = excluded.floor_score
"""

# After a full matching: what is held is counted, never added up, and the floor is what was left out.
COUNT_LISTS = f"""
INSERT INTO match_lists (tenant_id, candidate_id, holding, floor_score)
SELECT :tenant_id, c.candidate_id, count(m.match_id), c.floor {_COUNTED}
LEFT JOIN candidate_matches m
  ON m.tenant_id = :tenant_id AND m.candidate_id = c.candidate_id AND m.holds
GROUP BY c.candidate_id, c.floor ORDER BY c.candidate_id {_SET_LISTS}
RETURNING candidate_id, holding
"""

# The same for candidates without any match: they have what was brought over, and no more of it than the best.
KEEP_FIRST_LISTS = f"""
WITH kept AS ({_INSERT} WHERE holds), had AS (
  SELECT candidate_id, count(*) AS holding FROM scored WHERE holds GROUP BY candidate_id
)
INSERT INTO match_lists (tenant_id, candidate_id, holding, floor_score)
SELECT :tenant_id, c.candidate_id, coalesce(had.holding, 0), c.floor {_COUNTED}
LEFT JOIN had ON had.candidate_id = c.candidate_id ORDER BY c.candidate_id {_SET_LISTS}
"""

FORGET_POSTING = f"""
WITH unsaid AS (
  DELETE FROM match_opinions o USING candidate_matches m
  WHERE o.match_id = m.match_id AND m.tenant_id = :tenant_id AND m.posting_id = :posting_id
), gone AS (
  DELETE FROM candidate_matches WHERE tenant_id = :tenant_id AND posting_id = :posting_id RETURNING candidate_id, holds
), lost AS (
  SELECT candidate_id, count(*) FILTER (WHERE holds) AS gone FROM gone GROUP BY candidate_id
{_LOSE}"""

FORGET = (
    """
    DELETE FROM match_opinions o USING candidate_matches m
    WHERE o.match_id = m.match_id AND m.tenant_id = :tenant_id AND m.candidate_id = :candidate_id
    """,
    "DELETE FROM candidate_matches WHERE tenant_id = :tenant_id AND candidate_id = :candidate_id",
    "DELETE FROM match_lists WHERE tenant_id = :tenant_id AND candidate_id = :candidate_id",
)
