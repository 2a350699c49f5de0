"""The statements of a page of readings. Pure text."""

from __future__ import annotations

# Postings that were read before and whose text and engines are the same keep their reading.
TAKE_WAITING = """
SELECT q.posting_id, p.title, p.company, p.location, p.description, p.board_remote,
  p.salary_min, p.salary_max, p.salary_currency, p.job_type, r.source_hash
FROM posting_intake q
JOIN postings p ON p.posting_id = q.posting_id
LEFT JOIN posting_readings r ON r.posting_id = q.posting_id
WHERE q.step = 'WAITING'
ORDER BY q.ticket LIMIT :page FOR UPDATE OF q SKIP LOCKED
"""

LAST_TICKET = "SELECT coalesce(max(ticket), 0) FROM posting_intake WHERE step = 'WAITING'"

READINGS = (
    ("posting_id", "uuid"),
    ("description", "text"),
    ("remote", "bool"),
    ("min_years", "float8"),
    ("max_years", "float8"),
    ("skills", "jsonb"),
    ("skill_keys", "text[]"),
    ("evidence", "jsonb"),
    ("embedding", "halfvec"),
    ("source_hash", "bytea"),
    ("content_hash", "bytea"),
    ("clean_title", "text"),
    ("company_name", "text"),
    ("places", "text[]"),
    ("country", "text"),
    ("workplace", "text"),
    ("contract_types", "text[]"),
    ("pay_min", "float8"),
    ("pay_max", "float8"),
    ("pay_currency", "text"),
    ("pay_period", "text"),
    ("work_authorizations", "text[]"),
    ("sponsorship", "text"),
    ("clearance", "text"),
)

_NAMES = ", ".join(name for name, _ in READINGS)
_TAKEN = ", ".join(f"{name} = excluded.{name}" for name, _ in READINGS[1:])

KEEP_READINGS = f"""
INSERT INTO posting_readings ({_NAMES}, tenant_id, search, read_time, engine)
SELECT {", ".join(f"r.{name}" for name, _ in READINGS)}, p.tenant_id,
  setweight(to_tsvector('english', p.title), 'A') || setweight(to_tsvector('english', p.company), 'B')
  || to_tsvector('english', r.description), :now, :engine
FROM readings r JOIN postings p ON p.posting_id = r.posting_id
ON CONFLICT (posting_id) DO UPDATE SET {_TAKEN}, search = excluded.search, read_time = excluded.read_time,
  engine = excluded.engine
"""

ADVANCE = "UPDATE posting_intake SET step = 'READ' WHERE posting_id = ANY(:ids)"

SET_ASIDE = "UPDATE posting_intake SET step = 'FAULTY', fault = :fault WHERE posting_id = :posting_id"

FIND_READ = "SELECT posting_id, ticket FROM posting_intake WHERE step = 'READ' ORDER BY ticket LIMIT :page"

SETTLE = """
DELETE FROM posting_intake q
USING unnest(CAST(:postings AS uuid[]), CAST(:tickets AS int8[])) AS t (posting_id, ticket)
WHERE q.posting_id = t.posting_id AND q.ticket = t.ticket AND q.step = 'READ'
"""
