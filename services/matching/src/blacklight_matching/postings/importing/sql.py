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
SELECT NULL AS ordinal, CAST(NULL AS uuid) AS posting_id, NULL AS how, request_hash, answer FROM import_batches
WHERE batch_id = :batch_id
"""

# How a row stands to the posting that has its id:
#   SAME     the same content; or an older one than is kept, however late it comes; or changes are not asked for
#   CHANGED  its board has changed it
#   GONE     it is that posting no more: one of another board or id, which the row was taken for while their contents
#            were the same; or an id made of the content, not met for so long that it is a repost
MADE_OF_CONTENT = "'^syn-[0-9a-f]{16}-'"
_BY_ID = f"""
SELECT s.posting_id, CASE
  WHEN s.last_seen_time < :since AND k.platform_job_id ~ {MADE_OF_CONTENT} THEN 'GONE'
  WHEN s.content IS NULL OR s.content = k.content OR s.content_time > :scraped_time OR NOT :takes_changes THEN 'SAME'
  WHEN (
    SELECT p.platform = s.platform AND p.platform_job_id = s.platform_job_id FROM postings p
    WHERE p.posting_id = s.posting_id
  ) THEN 'CHANGED'
  ELSE 'GONE' END AS how
FROM posting_sources s
WHERE s.tenant_id IS NULL AND s.platform = :platform AND s.platform_job_id = k.platform_job_id LIMIT 1
"""

# Before the lock: the answer given to this batch before, and the stored postings that have the board's ids.
LOOK = f"""
{_ANSWERED}
UNION ALL
SELECT k.ordinal, by_id.posting_id, by_id.how, NULL, NULL
FROM unnest(CAST(:ordinals AS int[]), CAST(:job_ids AS text[]), CAST(:contents AS int8[]))
  AS k (ordinal, platform_job_id, content)
JOIN LATERAL ({_BY_ID}) AS by_id ON true
"""

# Under the lock, for the rows brought: by the board's id first; else by content, met within the window, the latest of
# several. Each row is looked up by itself: a planner that has not heard yet how large the tables are would read them
# whole.
LOOK_AGAIN = f"""
{_ANSWERED}
UNION ALL
SELECT k.ordinal, CASE WHEN by_id.how <> 'GONE' THEN by_id.posting_id ELSE by_content.posting_id END,
  by_id.how, NULL, NULL
FROM batch_new AS k
LEFT JOIN LATERAL ({_BY_ID}) AS by_id ON true
LEFT JOIN LATERAL (
  SELECT posting_id FROM postings
  WHERE coalesce(by_id.how, 'GONE') = 'GONE'
    AND tenant_id IS NULL AND fingerprint = k.fingerprint AND last_seen_time >= :since
  ORDER BY last_seen_time DESC, posting_id LIMIT 1
) AS by_content ON true
WHERE by_id.how IS NOT NULL OR by_content.posting_id IS NOT NULL
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
    ("content", "int8"),
)

_NEW_NAMES = ", ".join(name for name, _ in NEW[1:-1])
_CHANGED = tuple(name for name, _ in NEW[3:-2])

INSERT_NEW = f"""
INSERT INTO postings ({_NEW_NAMES}, platform, origin, create_time, last_seen_time, batch_id, session_id)
SELECT {_NEW_NAMES}, :platform, :origin, :now, :now, :batch_id, :session_id FROM batch_new
"""

# What its board has changed: the row was brought under an id of its own, and `changed_ids` says which posting it is.
# A title of another role is not the old one's any more; when it is read, it is linked to the role it names.
_EACH_CHANGED = """
unnest(CAST(:changed AS int[]), CAST(:changed_ids AS uuid[])) AS c (ordinal, posting_id)
JOIN batch_new b ON b.ordinal = c.ordinal
"""
LEAVE_ROLES = f"""
DELETE FROM posting_roles l USING postings p, {_EACH_CHANGED}
WHERE l.posting_id = c.posting_id AND NOT l.searched AND p.posting_id = c.posting_id AND p.title <> b.title
"""
UPDATE_CHANGED = f"""
UPDATE postings p SET {", ".join(f"{name} = b.{name}" for name in _CHANGED)}, version = version + 1, update_time = :now
FROM {_EACH_CHANGED} WHERE p.posting_id = c.posting_id
"""

# A board's id that leads to another posting from now on.
LEAVE_SOURCES = """
DELETE FROM posting_sources
WHERE tenant_id IS NULL AND platform = :platform AND platform_job_id = ANY(CAST(:gone_job_ids AS text[]))
"""

# Rows that are known, or that another batch has brought meanwhile.
LEAVE_OVERTAKEN = "DELETE FROM batch_new WHERE ordinal = ANY(CAST(:overtaken AS int[]))"

# An id that is new, as the look-up under the lock has said.
KEEP_NEW_SOURCES = """
INSERT INTO posting_sources (posting_id, platform, platform_job_id, url, last_seen_time, content, content_time)
SELECT posting_id, :platform, platform_job_id, url, :now, content, :scraped_time FROM batch_new
"""

# What an older scrape brings late stays aside; an id whose content is now that of an earlier row leads to its posting.
_TAKEN_OVER = (
    "posting_sources.content IS NULL OR (:takes_changes AND posting_sources.content_time <= excluded.content_time)"
)
_KEPT_ASIDE = "posting_sources.content_time > excluded.content_time"
KEEP_SOURCES = f"""
INSERT INTO posting_sources (posting_id, platform, platform_job_id, url, last_seen_time, content, content_time)
SELECT posting_id, :platform, platform_job_id, url, :now, content, :scraped_time
FROM unnest(CAST(:posting_ids AS uuid[]), CAST(:met_job_ids AS text[]), CAST(:urls AS text[]),
  CAST(:met_contents AS int8[])) AS seen (posting_id, platform_job_id, url, content)
ON CONFLICT (platform, platform_job_id) WHERE tenant_id IS NULL
DO UPDATE SET posting_id = CASE WHEN {_TAKEN_OVER} THEN excluded.posting_id ELSE posting_sources.posting_id END,
  url = CASE WHEN {_KEPT_ASIDE} THEN posting_sources.url ELSE excluded.url END,
  last_seen_time = greatest(posting_sources.last_seen_time, excluded.last_seen_time),
  content = CASE WHEN {_TAKEN_OVER} THEN excluded.content ELSE posting_sources.content END,
  content_time = CASE WHEN {_TAKEN_OVER} THEN excluded.content_time ELSE posting_sources.content_time END
"""

KEPT = """
SELECT posting_id, platform, platform_job_id, title, company, location, url FROM postings
WHERE posting_id = ANY(CAST(:posting_ids AS uuid[]))
"""

# When the board says that the postings met were posted: a later day is a renewal, an earlier one says nothing new.
DATED = """
(
  SELECT posting_id, max(posted_time) AS posted_time, max(renewed_time) AS renewed_time
  FROM unnest(CAST(:met_ids AS uuid[]), CAST(:posted_times AS timestamptz[]), CAST(:renewed_times AS timestamptz[]))
    AS seen (posting_id, posted_time, renewed_time)
  GROUP BY posting_id
) AS met
"""
POSTED = "greatest(coalesce(p.posted_time, met.posted_time), met.renewed_time)"

# A posting that had expired and is met again or renewed, or that has changed, has to be read and matched again.
AWAIT_REVIVED = f"""
INSERT INTO posting_intake (posting_id, step)
SELECT p.posting_id, 'WAITING' FROM postings p JOIN {DATED} ON met.posting_id = p.posting_id
WHERE p.posting_id = ANY(CAST(:changed_ids AS uuid[]))
  OR ((p.last_seen_time < :expired_before OR p.posted_time < :aged_before)
    AND coalesce({POSTED} >= :aged_before, true))
ON CONFLICT (posting_id) DO UPDATE SET step = 'WAITING', fault = '', ticket = DEFAULT
"""

TOUCH = f"""
UPDATE postings p SET last_seen_time = greatest(p.last_seen_time, :now), posted_time = {POSTED}
FROM {DATED}
WHERE p.posting_id = met.posting_id AND (p.last_seen_time < :now OR p.posted_time IS DISTINCT FROM {POSTED})
"""

AWAIT_NEW = "INSERT INTO posting_intake (posting_id, step) SELECT posting_id, 'WAITING' FROM batch_new"

LINK_ROLE = """
INSERT INTO posting_roles (posting_id, role_id, searched, link_time)
SELECT DISTINCT seen.posting_id, r.role_id, true, CAST(:now AS timestamptz)
FROM unnest(CAST(:batch_posting_ids AS uuid[])) AS seen (posting_id)
JOIN canonical_roles r ON r.role_id = :role_id
ON CONFLICT (posting_id, role_id) DO UPDATE SET searched = true, link_time = excluded.link_time
"""
