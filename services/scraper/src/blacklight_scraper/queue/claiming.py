"""The one statement that claims a role. Pure: SQL text.

`picked` locks one approved role that is free on some platform, in the order of spec 6.14, and passes by roles that
another claimer has locked; the LIMIT keeps it from locking the whole queue (P-31). `taken` holds the role's free
platforms. Whether a platform is free is judged once more on the row itself, so of two claimers that saw it free one
gets it; the other finds the role without a platform and asks again.
"""

from __future__ import annotations

CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT role.role_id, role.name, role.aliases
    FROM scraper.queued_roles AS role
    WHERE role.approval = 2 AND EXISTS (
        SELECT 1 FROM unnest(CAST(:platforms AS text[])) AS wanted (platform)
        LEFT JOIN scraper.role_platforms AS kept
            ON kept.role_id = role.role_id AND kept.platform = wanted.platform
        WHERE kept.role_id IS NULL OR (kept.held_by IS NULL AND kept.not_before <= :now))
    ORDER BY role.priority DESC, role.last_scrape_time NULLS FIRST, role.candidate_count DESC, role.role_id
    LIMIT 1
    FOR UPDATE OF role SKIP LOCKED
), taken AS (
    INSERT INTO scraper.role_platforms AS kept (role_id, platform, held_by, not_before, failures)
    SELECT picked.role_id, wanted.platform, :session_id, :now, 0
    FROM picked, unnest(CAST(:platforms AS text[])) AS wanted (platform)
    ON CONFLICT (role_id, platform) DO UPDATE SET held_by = excluded.held_by
    WHERE kept.held_by IS NULL AND kept.not_before <= :now
    RETURNING kept.platform
)
SELECT picked.role_id, picked.name, picked.aliases, taken.platform FROM picked LEFT JOIN taken ON true
"""

RELEASE = """
UPDATE scraper.role_platforms
SET held_by = NULL, failures = CAST(:failures AS integer), not_before = :not_before
WHERE role_id = :role_id AND platform = :platform AND held_by = :session_id
"""
