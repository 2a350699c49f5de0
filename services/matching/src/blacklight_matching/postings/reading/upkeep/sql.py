"""The statements of keeping readings up. Pure text."""

from __future__ import annotations

COUNT = """
SELECT (SELECT count(*) FROM postings) AS postings, (SELECT count(*) FROM posting_readings) AS read,
  (SELECT count(*) FROM posting_readings WHERE engine <> :engine) AS outdated,
  (SELECT count(*) FROM posting_intake q JOIN posting_readings r USING (posting_id)
   WHERE q.step = 'WAITING' AND r.engine = :engine) AS waiting
"""

# The columns of `RawPosting`, then what is known of the reading.
PAGE = """
SELECT p.posting_id, p.title, p.company, p.location, p.description, p.board_remote,
  p.salary_min, p.salary_max, p.salary_currency, p.job_type, r.source_hash, r.engine
FROM postings p LEFT JOIN posting_readings r ON r.posting_id = p.posting_id
WHERE p.posting_id > :after AND (:any_id OR p.posting_id = ANY(CAST(:ids AS uuid[])))
ORDER BY p.posting_id LIMIT :size
"""

SAY_FRESH = """
UPDATE posting_readings SET engine = :engine WHERE posting_id = ANY(CAST(:ids AS uuid[])) AND engine <> :engine
"""

FORGET_SOURCES = "UPDATE posting_readings SET source_hash = '' WHERE posting_id = ANY(CAST(:ids AS uuid[]))"

QUEUE = """
INSERT INTO posting_intake (posting_id, step) SELECT unnest(CAST(:ids AS uuid[])), 'WAITING'
ON CONFLICT (posting_id) DO UPDATE SET step = 'WAITING', fault = '', ticket = DEFAULT
"""

LAST_TICKET = "SELECT coalesce(max(ticket), 0) FROM posting_intake WHERE step IN ('WAITING', 'READ')"

FIND_EARLIER = "SELECT 1 FROM posting_intake WHERE step IN ('WAITING', 'READ') AND ticket <= :ticket LIMIT 1"
