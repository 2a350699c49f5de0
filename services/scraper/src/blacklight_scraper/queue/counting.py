"""The statements that count the queue. Pure: SQL text."""

from __future__ import annotations

TARGETS = """
SELECT count(*) FILTER (WHERE target.approval = 1 AND role.approval = 2) AS pending,
    count(*) FILTER (WHERE target.approval = 2 AND role.approval = 2 AND NOT target.paused AND NOT role.paused)
        AS approved,
    count(*) FILTER (WHERE EXISTS (SELECT 1 FROM scraper.target_platforms AS kept
        WHERE kept.target_id = target.target_id AND kept.held_by IS NOT NULL)) AS in_progress,
    count(*) FILTER (WHERE target.approval = 3 OR role.approval = 3) AS rejected
FROM scraper.queue_targets AS target JOIN scraper.queued_roles AS role USING (role_id)
WHERE target.delete_time IS NULL
"""

PLATFORMS = """
SELECT board.name, board.max_in_flight,
    CASE WHEN board.enabled AND NOT board.paused
        THEN claimable.targets - coalesce(kept.held, 0) - coalesce(kept.resting, 0) ELSE 0 END AS due,
    coalesce(kept.resting, 0) AS resting
FROM scraper.platforms AS board
CROSS JOIN (
    SELECT count(*) AS targets
    FROM scraper.queue_targets AS target JOIN scraper.queued_roles AS role USING (role_id)
    WHERE target.approval = 2 AND NOT target.paused AND target.delete_time IS NULL
        AND role.approval = 2 AND NOT role.paused
) AS claimable
LEFT JOIN (
    SELECT kept.platform, count(*) FILTER (WHERE kept.held_by IS NOT NULL) AS held,
        count(*) FILTER (WHERE kept.held_by IS NULL AND kept.not_before > :now) AS resting
    FROM scraper.target_platforms AS kept
    JOIN scraper.queue_targets AS target USING (target_id) JOIN scraper.queued_roles AS role USING (role_id)
    WHERE target.approval = 2 AND NOT target.paused AND target.delete_time IS NULL
        AND role.approval = 2 AND NOT role.paused
    GROUP BY kept.platform
) AS kept ON kept.platform = board.name
ORDER BY board.priority DESC, board.name
"""
"""A target without a row on a platform was never claimed there, and is due, unless the platform may not be claimed."""

IN_FLIGHT = """
SELECT run.platform, count(*) AS sessions
FROM scraper.platform_runs AS run JOIN scraper.sessions AS session USING (session_id)
WHERE run.platform = ANY(CAST(:platforms AS text[])) AND run.state = 1
    AND session.end_time IS NULL AND session.last_seen_time > :alive
GROUP BY run.platform
"""
"""By the last sign of life, not by when it began (F-10)."""
