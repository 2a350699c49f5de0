"""The statements that claim a target and let it go. Pure: SQL text.

`picked` locks one target that is due on some platform, in the order of spec 6.14 with "least recently tried" for
"least recently scraped", so that one that always fails does not come first again (P-39). It passes by targets that
another claimer has locked; the LIMIT keeps it from locking the whole queue (P-31). `taken` holds the target's due
platforms. Whether a platform is due is judged once more on the row itself, so of two claimers that saw it due one gets
it; the other finds the target without a platform and asks again.
"""

from __future__ import annotations

DUE = """
    FROM scraper.queue_targets AS target JOIN scraper.queued_roles AS role USING (role_id)
    WHERE target.approval = 2 AND NOT target.paused AND target.delete_time IS NULL
        AND role.approval = 2 AND NOT role.paused AND EXISTS (
        SELECT 1 FROM unnest(CAST(:platforms AS text[])) AS wanted (platform)
        LEFT JOIN scraper.target_platforms AS kept
            ON kept.target_id = target.target_id AND kept.platform = wanted.platform
        WHERE kept.target_id IS NULL OR (kept.held_by IS NULL AND kept.not_before <= :now))
"""
"""Targets that may be claimed on some of `platforms`."""

CLAIM = f"""
WITH picked AS MATERIALIZED (
    SELECT target.target_id, target.location, target.candidate_query, target.candidate_count,
        role.role_id, role.name, role.aliases
    {DUE}
    ORDER BY target.priority DESC, target.last_try_time NULLS FIRST, target.candidate_count DESC, target.target_id
    LIMIT 1
    FOR NO KEY UPDATE OF target SKIP LOCKED
), taken AS (
    INSERT INTO scraper.target_platforms AS kept (target_id, platform, held_by, not_before, failures)
    SELECT picked.target_id, wanted.platform, :session_id, :now, 0
    FROM picked, unnest(CAST(:platforms AS text[])) AS wanted (platform)
    ON CONFLICT (target_id, platform) DO UPDATE SET held_by = excluded.held_by
    WHERE kept.held_by IS NULL AND kept.not_before <= :now
    RETURNING kept.target_id, kept.platform
), tried AS (
    UPDATE scraper.queue_targets AS target SET last_try_time = :now
    WHERE target.target_id IN (SELECT taken.target_id FROM taken)
)
SELECT picked.*, taken.platform FROM picked LEFT JOIN taken USING (target_id)
"""

ANY_DUE = f"SELECT EXISTS (SELECT 1 {DUE})"
"""Whether there is anything to claim; locks nothing."""

HELD = """
SELECT kept.platform, kept.failures, kept.not_before, board.cadence_minutes
FROM scraper.target_platforms AS kept JOIN scraper.platforms AS board ON board.name = kept.platform
WHERE kept.target_id = :target_id AND kept.held_by = :session_id
ORDER BY kept.platform
"""

RELEASE = """
UPDATE scraper.target_platforms
SET held_by = NULL, failures = CAST(:failures AS integer), not_before = :not_before
WHERE target_id = :target_id AND platform = :platform AND held_by = :session_id
"""
