"""The statements of taking a tenant's own postings in. Pure text; all run inside the tenant's walls."""

from __future__ import annotations

from blacklight_matching.postings.importing.sql import DATED, MADE_OF_CONTENT, POSTED

# One at a time in a tenant, for the same reason as in `importing.sql`; other tenants and shared imports go on.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('matching.import.own'), hashtext(CAST(:tenant_id AS text)))"

# The tenant's own by the board's id, however old, unless it is that posting no more (as in `importing.sql`); then
# whatever was met within the window: a shared one by the board's id, the tenant's own by content, a shared one by
# content.
FIND_KNOWN = f"""
SELECT k.ordinal, coalesce(own_id.posting_id, shared_id.posting_id, own.posting_id, shared.posting_id) AS posting_id,
  own_id.posting_id IS NULL AND (shared_id.posting_id IS NOT NULL OR own.posting_id IS NULL) AS is_shared,
  coalesce(own_id.differs, false) AS differs
FROM unnest(CAST(:ordinals AS int[]), CAST(:job_ids AS text[]), CAST(:fingerprints AS text[]),
  CAST(:contents AS int8[])) AS k (ordinal, platform_job_id, fingerprint, content)
LEFT JOIN LATERAL (
  SELECT s.posting_id, s.content <> k.content AS differs FROM posting_sources s
  WHERE s.tenant_id = :tenant_id AND s.platform = :platform AND s.platform_job_id = k.platform_job_id
    AND NOT (s.last_seen_time < :since AND k.platform_job_id ~ {MADE_OF_CONTENT})
    AND (s.content IS NULL OR s.content = k.content OR (
      SELECT p.platform = s.platform AND p.platform_job_id = s.platform_job_id FROM postings p
      WHERE p.tenant_id = :tenant_id AND p.posting_id = s.posting_id
    )) LIMIT 1
) own_id ON true
LEFT JOIN LATERAL (
  SELECT posting_id FROM posting_sources
  WHERE tenant_id IS NULL AND platform = :platform AND platform_job_id = k.platform_job_id
    AND last_seen_time >= :since LIMIT 1
) shared_id ON own_id.posting_id IS NULL
LEFT JOIN LATERAL (
  SELECT posting_id FROM postings
  WHERE tenant_id = :tenant_id AND fingerprint = k.fingerprint AND last_seen_time >= :since
  ORDER BY last_seen_time DESC, posting_id LIMIT 1
) own ON own_id.posting_id IS NULL AND shared_id.posting_id IS NULL
LEFT JOIN LATERAL (
  SELECT posting_id FROM postings
  WHERE tenant_id IS NULL AND fingerprint = k.fingerprint AND last_seen_time >= :since
  ORDER BY last_seen_time DESC, posting_id LIMIT 1
) shared ON own_id.posting_id IS NULL AND shared_id.posting_id IS NULL AND own.posting_id IS NULL
WHERE coalesce(own_id.posting_id, shared_id.posting_id, own.posting_id, shared.posting_id) IS NOT NULL
"""

# What it said when it was stored stays: what a person has changed since is the tenant's own.
KEEP_SOURCES = """
INSERT INTO posting_sources
  (tenant_id, posting_id, platform, platform_job_id, url, last_seen_time, content, content_time)
SELECT CAST(:tenant_id AS uuid), posting_id, :platform, platform_job_id, url, :now, content, :now
FROM unnest(CAST(:posting_ids AS uuid[]), CAST(:job_ids AS text[]), CAST(:urls AS text[]), CAST(:contents AS int8[]))
  AS seen (posting_id, platform_job_id, url, content)
ON CONFLICT (tenant_id, platform, platform_job_id) WHERE tenant_id IS NOT NULL
DO UPDATE SET url = excluded.url, last_seen_time = greatest(posting_sources.last_seen_time, excluded.last_seen_time),
  content = CASE WHEN posting_sources.posting_id = excluded.posting_id
    THEN coalesce(posting_sources.content, excluded.content) ELSE excluded.content END,
  posting_id = excluded.posting_id
"""

FIND_REVIVED = f"""
SELECT p.posting_id FROM postings p JOIN {DATED} ON met.posting_id = p.posting_id
WHERE p.tenant_id = :tenant_id AND (p.last_seen_time < :expired_before OR p.posted_time < :aged_before)
  AND coalesce({POSTED} >= :aged_before, true)
"""

TOUCH = f"""
UPDATE postings p SET last_seen_time = greatest(p.last_seen_time, :now), posted_time = {POSTED}
FROM {DATED}
WHERE p.tenant_id = :tenant_id AND p.posting_id = met.posting_id
  AND (p.last_seen_time < :now OR p.posted_time IS DISTINCT FROM {POSTED})
"""

LINK_ROLE = """
INSERT INTO posting_roles (tenant_id, posting_id, role_id, searched, link_time)
SELECT DISTINCT CAST(:tenant_id AS uuid), seen.posting_id, r.role_id, true, CAST(:now AS timestamptz)
FROM unnest(CAST(:posting_ids AS uuid[])) AS seen (posting_id)
JOIN canonical_roles r ON r.role_id = :role_id
ON CONFLICT (posting_id, role_id) DO NOTHING
"""

# As the platform: the queue is its table. A posting that waits already goes to the end and is read once.
QUEUE = """
INSERT INTO posting_intake (posting_id, step)
SELECT posting_id, 'WAITING' FROM postings WHERE posting_id = ANY(CAST(:posting_ids AS uuid[]))
ON CONFLICT (posting_id) DO UPDATE SET step = 'WAITING', fault = '', ticket = DEFAULT
"""
