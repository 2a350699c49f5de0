"""The statements of an import, each over a whole batch. Pure text.

One import runs at a time (an advisory lock until its commit): recognising a posting by content within a window of
time can't be a unique key, and a batch takes milliseconds, so waiting costs less than repairing. What needs no lock is
done before: the texts of rows whose ids are new are brought to the server, and looked up by id and content under it.
What is done under the lock goes to the server in two pieces: between two statements an import may have to wait for
its turn in its own process, and every other import with it.
"""

from __future__ import annotations

LOCK = "SELECT pg_advisory_xact_lock(hashtext('matching.import'))"


_ANSWERED = """
SELECT NULL AS ordinal, CAST(NULL AS uuid) AS posting_id, request_hash, answer FROM import_batches
WHERE batch_id = :batch_id
"""
_BY_ID = """
SELECT posting_id FROM posting_sources
WHERE tenant_id IS NULL AND platform = :platform AND platform_job_id = k.platform_job_id LIMIT 1
"""

# Before the lock: the answer given to this batch before, and the stored postings that have the board's ids.
LOOK = f"""
{_ANSWERED}
UNION ALL
SELECT k.ordinal, by_id.posting_id, NULL, NULL
FROM unnest(CAST(:ordinals AS int[]), CAST(:job_ids AS text[])) AS k (ordinal, platform_job_id)
JOIN LATERAL ({_BY_ID}) AS by_id ON true
"""

# Under the lock, for the rows brought: by the board's id first; else by content, met within the window, the latest of
# several. Each row is looked up by itself: a planner that has not heard yet how large the tables are would read them
# whole.
LOOK_AGAIN = f"""
{_ANSWERED}
UNION ALL
SELECT k.ordinal, coalesce(by_id.posting_id, by_content.posting_id), NULL, NULL
FROM batch_new AS k
LEFT JOIN LATERAL ({_BY_ID}) AS by_id ON true
LEFT JOIN LATERAL (
  SELECT posting_id FROM postings
  WHERE by_id.posting_id IS NULL
    AND tenant_id IS NULL AND fingerprint = k.fingerprint AND last_seen_time >= :since
  ORDER BY last_seen_time DESC, posting_id LIMIT 1
) AS by_content ON true
WHERE coalesce(by_id.posting_id, by_content.posting_id) IS NOT NULL
"""
LOOK_FOR_ANSWER = _ANSWERED

KEEP_ANSWER = """
INSERT INTO import_batches (batch_id, platform, request_hash, answer, create_time)
VALUES (:batch_id, :platform, :request_hash, CAST(:answer AS jsonb), :now)
"""

# Of rows that seem to be new. Written once and read once: to try to compress the text would cost more than the rest.
NEW = (
    ("ordinal", "int"),
    ("posting_id", "uuid"),
    ("platform_job_id", "text"),
    ("title", "text"),
    ("company", "text"),
    ("location", "text"),
    ("description", "text STORAGE EXTERNAL"),
    ("url", "text"),
    ("salary_min", "float8"),
    ("salary_max", "float8"),
    ("salary_currency", "text"),
    ("job_type", "text"),
    ("experience_level", "text"),
    ("board_remote", "bool"),
    ("fingerprint", "text"),
    ("posted_time", "timestamptz"),
)

_NEW_NAMES = ", ".join(name for name, _ in NEW[1:])

INSERT_NEW = f"""
INSERT INTO postings ({_NEW_NAMES}, platform, origin, create_time, last_seen_time, batch_id, session_id)
SELECT {_NEW_NAMES}, :platform, :origin, :now, :now, :batch_id, :session_id FROM batch_new
"""

# Rows that are known by content, or that another batch has brought meanwhile.
LEAVE_OVERTAKEN = "DELETE FROM batch_new WHERE ordinal = ANY(CAST(:overtaken AS int[]))"

# An id that is new, as the look-up under the lock has said.
KEEP_NEW_SOURCES = """
INSERT INTO posting_sources (posting_id, platform, platform_job_id, url, last_seen_time)
SELECT posting_id, :platform, platform_job_id, url, :now FROM batch_new
"""

KEEP_SOURCES = """
INSERT INTO posting_sources (posting_id, platform, platform_job_id, url, last_seen_time)
SELECT DISTINCT ON (platform_job_id) posting_id, :platform, platform_job_id, url, :now
FROM unnest(CAST(:posting_ids AS uuid[]), CAST(:job_ids AS text[]), CAST(:urls AS text[]))
  AS seen (posting_id, platform_job_id, url)
ORDER BY platform_job_id
ON CONFLICT (platform, platform_job_id) WHERE tenant_id IS NULL
DO UPDATE SET url = excluded.url, last_seen_time = greatest(posting_sources.last_seen_time, excluded.last_seen_time)
"""

KEPT = """
SELECT posting_id, platform, platform_job_id, title, company, location, url FROM postings
WHERE posting_id = ANY(CAST(:posting_ids AS uuid[]))
"""

# A posting that had expired and is met again has to be matched again.
AWAIT_REVIVED = """
INSERT INTO posting_intake (posting_id, step)
SELECT p.posting_id, 'WAITING' FROM postings p
WHERE p.posting_id = ANY(CAST(:known_ids AS uuid[])) AND p.last_seen_time < :expired_before
ON CONFLICT (posting_id) DO UPDATE SET step = 'WAITING', fault = '', ticket = DEFAULT
"""

TOUCH = """
UPDATE postings SET last_seen_time = :now
WHERE posting_id = ANY(CAST(:known_ids AS uuid[])) AND last_seen_time < :now
"""

AWAIT_NEW = "INSERT INTO posting_intake (posting_id, step) SELECT posting_id, 'WAITING' FROM batch_new"

LINK_ROLE = """
INSERT INTO posting_roles (posting_id, role_id, searched, link_time)
SELECT DISTINCT seen.posting_id, r.role_id, true, CAST(:now AS timestamptz)
FROM unnest(CAST(:batch_posting_ids AS uuid[])) AS seen (posting_id)
JOIN canonical_roles r ON r.role_id = :role_id
ON CONFLICT (posting_id, role_id) DO UPDATE SET searched = true, link_time = excluded.link_time
"""
